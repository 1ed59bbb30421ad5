import { HbrClient } from "./client";
import { credentialFor } from "./credentials";
import { officialTransport } from "./officialTransport";
import { openapiTransport } from "./openapiTransport";
import { endpointFor, type Settings } from "./settings";

/**
 * The Cloud Backup API of a region, by the implementation that `alicloud-hbr:client` names, without limiter and retries.
 * Nothing is loaded, read or sent before its first call. To be kept: with it are kept the credentials it has got.
 */
export function plainClient(settings: Settings, region: string): HbrClient {
    const credential = credentialFor(settings);
    const target = {
        endpoint: endpointFor(settings, region),
        protocol: settings.protocol,
        credential: credential.client,
    };
    const transport = settings.client === "official" ? officialTransport(target) : openapiTransport(target);
    return new HbrClient(transport, credential.secrets, target.endpoint);
}
