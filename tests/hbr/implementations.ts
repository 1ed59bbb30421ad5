import { createRequire } from "node:module";
import { join } from "node:path";

import { type ModuleLoader, officialTransport } from "../../provider/hbr/officialTransport";
import { openapiTransport, type TransportSettings } from "../../provider/hbr/openapiTransport";
import type { Transport } from "../../provider/hbr/transport";
import { loadStandIn } from "./standInSdk";

/*
 * Every transport that can be had here. `HBR_CONTRACT_SDK=<folder>` names a folder in which @alicloud/hbr20170908 is
 * installed; without it the package is looked for beside this one.
 */

const SDK = "@alicloud/hbr20170908";

/** Loads the SDK's modules from a folder; `undefined` where it is not installed. */
function sdkIn(folder: string): ModuleLoader | undefined {
    const require = createRequire(join(folder, "contract.js"));
    try {
        const own = createRequire(require.resolve(SDK));
        return (name, from) => (from === undefined ? require(name) : own(name)) as unknown;
    } catch {
        return undefined;
    }
}

export const sdk = sdkIn(process.env["HBR_CONTRACT_SDK"] ?? process.cwd());
export const implementations: [string, (settings: TransportSettings) => Transport][] = [
    ["builtin (@alicloud/openapi-client)", openapiTransport],
    ["official, a stand-in for the SDK", (settings) => officialTransport(settings, loadStandIn)],
];
if (sdk !== undefined)
    implementations.push([`official (${SDK})`, (settings) => officialTransport(settings, sdk)]);
