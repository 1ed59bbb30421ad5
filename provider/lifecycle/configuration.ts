import { type ConfigReader, resolveSettings, type Settings } from "../hbr/settings";

/** The configuration, which all resources of the process share. */

let readConfig: ConfigReader = () => undefined;
let settings: Settings | undefined;

/**
 * Takes the configuration over. It must not wait for anything: the server hands a provider out before `configure` has
 * returned, so another hook may already be on its way.
 */
export function useConfig(reader: ConfigReader): void {
    readConfig = reader;
    settings = undefined;
}

/**
 * The configuration, checked at first use.
 *
 * @throws SettingsError for a value that cannot be right
 */
export function currentSettings(): Settings {
    settings ??= resolveSettings(readConfig, process.env);
    return settings;
}
