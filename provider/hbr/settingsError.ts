/** A configuration value that is wrong or missing; the message names the key and what would be right. */
export class SettingsError extends Error {
    /** Configuration key, for example `alicloud:protocol`. */
    readonly key: string;

    constructor(key: string, message: string) {
        super(message);
        this.name = "SettingsError";
        this.key = key;
    }
}
