import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

/** The part of the Alibaba Cloud CLI's configuration file that is checked here. */
export interface ProfileFile {
    readonly profiles: readonly unknown[];
}

/** Reads the CLI's configuration file; no error quotes what is in it, since that is keys. */
export async function readProfiles(
    file: string = join(homedir(), ".aliyun", "config.json"),
): Promise<ProfileFile> {
    const path = file.startsWith("~/") ? join(homedir(), file.slice(2)) : file;
    let text: string;
    try {
        text = await readFile(path, "utf8");
    } catch {
        throw new Error(`the file ${path} cannot be read`);
    }
    let content: unknown;
    try {
        content = JSON.parse(text) as unknown;
    } catch {
        throw new Error(`the file ${path} is not JSON, as the Alibaba Cloud CLI writes it`);
    }
    const profiles: unknown =
        typeof content === "object" && content !== null ? Reflect.get(content, "profiles") : undefined;
    if (!Array.isArray(profiles)) throw new Error(`the file ${path} holds no profiles`);
    return content as ProfileFile;
}
