import { SettingsError } from "./objects";

const THIS_MACHINE = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/i;
const HTTP_PORT = 80;

/**
 * Allows HTTP for a service on this machine only. A signature does not encrypt: access keys of clients would travel in
 * plain text, and so would the keys that STS issues.
 *
 * @throws SettingsError if the protocol is HTTP for another host, unless `alicloud-hbr:allowHttpTo` names that host
 */
export function assertProtocolFits(
    {
        protocol,
        allowHttpTo,
    }: { readonly protocol: "HTTP" | "HTTPS"; readonly allowHttpTo?: string | undefined },
    host: string,
): void {
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

/**
 * Checks `alicloud-hbr:allowHttpTo`, a list of hosts with their ports.
 *
 * @throws SettingsError for anything else
 */
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
