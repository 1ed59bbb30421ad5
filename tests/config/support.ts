import { SettingsError } from "../../provider/config/objects";
import { resolveSettings, type Settings } from "../../provider/config/settings";

export type Texts = Record<string, string | undefined>;

export function resolve(config: Texts = {}, env: Texts = {}): Settings {
    return resolveSettings((key) => config[key], env);
}

export function errorOf(config: Texts, env: Texts = {}): SettingsError {
    try {
        resolve(config, env);
    } catch (error) {
        if (error instanceof SettingsError) return error;
        throw error;
    }
    throw new Error("no error");
}
