import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { credentialFor } from "../../provider/config/credentials";
import { HbrError } from "../../provider/hbr/errors";
import type { Settings } from "../../provider/config/settings";
import { Loopback } from "../hbr/loopback";
import { resolve as resolveTexts, type Texts } from "./support";

export type { Texts };

const savedEnvironment = { ...process.env };
let home: string;
let servers: Loopback[];

/** Before each test of the file: nothing of the machine on which it runs may count. */
export function isolateEachTest(): void {
    beforeEach(setUp);
    afterEach(tearDown);
}

/** The home folder, empty at first. */
export function homeFolder(): string {
    return home;
}

function setUp(): void {
    for (const name of Object.keys(process.env))
        if (/^(ALICLOUD|ALIBABA)/.test(name)) Reflect.deleteProperty(process.env, name);
    home = mkdtempSync(join(os.tmpdir(), "hbr-credentials-"));
    jest.spyOn(os, "homedir").mockReturnValue(home);
    process.env["ALIBABA_CLOUD_ECS_METADATA_DISABLED"] = "true";
    servers = [];
}

async function tearDown(): Promise<void> {
    jest.restoreAllMocks();
    process.env = { ...savedEnvironment };
    rmSync(home, { recursive: true, force: true });
    await Promise.all(servers.map((server) => server.close()));
}

export async function serve(): Promise<{ server: Loopback; host: string }> {
    const server = new Loopback();
    servers.push(server);
    return { server, host: await server.listen() };
}

/** With the environment of this process. */
export function resolve(config: Texts): Settings {
    return resolveTexts(config, process.env);
}

export async function keysOf(settings: Settings) {
    const { accessKeyId, accessKeySecret, securityToken } = await credentialFor(settings)
        .client()
        .getCredential();
    return { accessKeyId, accessKeySecret, securityToken };
}

export async function failure(call: Promise<unknown>): Promise<HbrError> {
    const error = await call.then(
        () => undefined,
        (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(HbrError);
    return error as HbrError;
}

export const staticKeys = { "alicloud:accessKey": "LTAIstatic", "alicloud:secretKey": "static-secret" };

/** A time as the service writes it. */
export function inSeconds(seconds: number): string {
    return new Date(Date.now() + seconds * 1_000).toISOString().replace(/\.\d+Z$/, "Z");
}
