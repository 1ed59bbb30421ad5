import { SettingsError } from "./objects";

const THIS_MACHINE = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/i;
const HTTP_PORT = 80;

/** What decides whether a host may be spoken to by HTTP. */
export interface HttpRules {
    readonly protocol: "HTTP" | "HTTPS";
    /** Other hosts, each with its port, for which somebody has said so; separated by commas. */
    readonly allowHttpTo?: string;
}

/**
 * HTTP is for a service on this machine. A signature keeps nobody from reading: access keys of clients would travel in
 * clear, and so would the keys that STS gives out.
 *
 * @throws SettingsError for another host, unless it is the one that is allowed
 */
export function assertProtocolFits({ protocol, allowHttpTo }: HttpRules, host: string): void {
    const name = host.replace(/:\d+$/, "");
    if (protocol === "HTTPS" || THIS_MACHINE.test(name)) return;
    const target = name === host ? `${host}:${HTTP_PORT}` : host;
    if (hostsOf(allowHttpTo ?? "").includes(target.toLowerCase())) return;
    throw new SettingsError(
        "alicloud:protocol",
        `alicloud:protocol is HTTP, but ${target} is not this machine: requests are signed, and yet all that they hold, ` +
            "access keys of clients too, would travel in clear. Set alicloud:protocol to HTTPS; or, where the network up " +
            `to there is trusted, \`pulumi config set alicloud-hbr:allowHttpTo ${target}\`.`,
    );
}

/** Reads `alicloud-hbr:allowHttpTo`. */
export function readAllowHttpTo(value: string | undefined): string | undefined {
    const form = /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+):\d{1,5}$/;
    if (value === undefined || hostsOf(value).every((host) => form.test(host))) return value;
    throw new SettingsError(
        "alicloud-hbr:allowHttpTo",
        `alicloud-hbr:allowHttpTo is ${JSON.stringify(value)}; it must be a host with its port (proxy.internal:8080), or ` +
            "several with commas between them.",
    );
}

function hostsOf(list: string): readonly string[] {
    return list.split(",").map((host) => host.trim().toLowerCase());
}
