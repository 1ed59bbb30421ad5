import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { toMilliseconds } from "./durations";
import type { WorldInput } from "./input";
import type { SimulatorOptions } from "./simulator";
import { tlsFault, type TlsOptions } from "./tls";

export const HELP = `hbr-simulator: a loopback Cloud Backup (HBR) service that official clients accept

Usage: hbr-simulator [options]

  --port N                 port on 127.0.0.1 (default: a free one)
  --access-key-id ID       the access key that it accepts
  --access-key-secret KEY  and its secret
  --security-token TOKEN   a token that every request has to bring, as with STS
  --world FILE             JSON file with vaults, instances and clients
  --install-time TIME      how long an installation takes at most (default: 2s)
  --tls-cert FILE          serves HTTPS, with this certificate in PEM
  --tls-key FILE           and its private key in PEM, without a passphrase
  --latency TIME           delay before every answer (default: 0ms)
  --seed N                 same seed, same ids and times (default: 1)
  --help                   this text

TIME is a number with ms, s, m or h. When ready it prints one line of JSON with the endpoint and the access key.
SIGTERM ends it.`;

/** Invalid use of the command line; the message is one line. */
export class UsageError extends Error {}

const text = { type: "string" } as const;

/** The options, as `parseArgs` takes them. */
export const OPTIONS = {
    port: text,
    "access-key-id": text,
    "access-key-secret": text,
    "security-token": text,
    world: text,
    "install-time": text,
    latency: text,
    seed: text,
    "tls-cert": text,
    "tls-key": text,
    help: { type: "boolean", short: "h" },
} as const;

/** What the command line asks for. */
export interface CommandLine {
    readonly port: number;
    readonly simulator: SimulatorOptions;
}

/**
 * Reads the command line, and the files that it names; undefined if it asks for help.
 *
 * @throws UsageError, or an error of `parseArgs`
 */
export function parseOptions(args: readonly string[]): CommandLine | undefined {
    const { values } = parseArgs({ args: [...args], options: OPTIONS });
    if (values.help === true) return undefined;
    return {
        port: values.port === undefined ? 0 : wholeNumber("--port", values.port, 65535),
        simulator: optionsOf(values),
    };
}

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>["values"];

function optionsOf(values: Values): SimulatorOptions {
    const id = values["access-key-id"];
    const secret = values["access-key-secret"];
    const token = values["security-token"];
    const installTime = values["install-time"];
    const tls = readTls(values["tls-cert"], values["tls-key"]);
    return {
        ...(id !== undefined && { accessKeyId: id }),
        ...(secret !== undefined && { accessKeySecret: secret }),
        ...(token !== undefined && { securityToken: token }),
        ...(values.world !== undefined && { world: readWorld(values.world) }),
        ...(installTime !== undefined && { installTime: duration("--install-time", installTime) }),
        ...(values.latency !== undefined && { latency: duration("--latency", values.latency) }),
        ...(values.seed !== undefined && {
            seed: wholeNumber("--seed", values.seed, Number.MAX_SAFE_INTEGER),
        }),
        ...(tls !== undefined && { tls }),
    };
}

/** Reads a file that an option names, and names the option if that fails. */
function read<T>(option: string, file: string, parse: (text: string) => T): T {
    try {
        return parse(readFileSync(file, "utf8"));
    } catch (error) {
        throw new UsageError(`${option} ${file}: ${error instanceof Error ? error.message : String(error)}`);
    }
}

function readWorld(file: string): WorldInput {
    // The simulator validates the content.
    return read("--world", file, (text) => JSON.parse(text) as WorldInput);
}

function readTls(certFile: string | undefined, keyFile: string | undefined): TlsOptions | undefined {
    if (certFile === undefined && keyFile === undefined) return undefined;
    if (certFile === undefined) throw new UsageError("--tls-key needs --tls-cert");
    if (keyFile === undefined) throw new UsageError("--tls-cert needs --tls-key");
    const asIs = (text: string): string => text;
    const tls = { cert: read("--tls-cert", certFile, asIs), key: read("--tls-key", keyFile, asIs) };
    const fault = tlsFault(tls);
    if (fault === undefined) return tls;
    const file = fault.of === "cert" ? certFile : keyFile;
    throw new UsageError(`--tls-${fault.of} ${file}: ${fault.reason}`);
}

function duration(option: string, text: string): number {
    const ms = toMilliseconds(text);
    if (ms === undefined) throw new UsageError(`${option} ${text}: not a time such as 500ms, 2s or 1m`);
    return ms;
}

function wholeNumber(option: string, text: string, highest: number): number {
    const number = /^\d+$/.test(text) ? Number(text) : NaN;
    if (!(number <= highest)) throw new UsageError(`${option} ${text}: not a whole number up to ${highest}`);
    return number;
}
