import { HbrClient } from "./client";
import { credentialFor } from "./credentials";
import { officialTransport } from "./officialTransport";
import { openapiTransport } from "./openapiTransport";
import type { HbrApi } from "./port";
import { resilient, type Resilience } from "./resilient";
import { endpointFor, type Settings } from "./settings";

const connections = new WeakMap<Resilience, Map<string, HbrApi>>();

/**
 * The Cloud Backup API of a region, with everything around it. One connection for each region and settings, for as long
 * as the same `resilience` is handed in; nothing is loaded or sent before its first call.
 */
export function connect(settings: Settings, region: string, resilience: Resilience): HbrApi {
    let byKey = connections.get(resilience);
    if (byKey === undefined) {
        byKey = new Map();
        connections.set(resilience, byKey);
    }
    const key = JSON.stringify([region, settings]);
    let api = byKey.get(key);
    if (api === undefined) {
        api = resilient(plainClient(settings, region), resilience);
        byKey.set(key, api);
    }
    return api;
}

/** The implementation that `alicloud-hbr:client` names, without limiter and retries. */
export function plainClient(settings: Settings, region: string): HbrApi {
    const credential = credentialFor(settings);
    const target = {
        endpoint: endpointFor(settings, region),
        protocol: settings.protocol,
        credential: credential.client,
    };
    const transport = settings.client === "official" ? officialTransport(target) : openapiTransport(target);
    return new HbrClient(transport, credential.secrets);
}
