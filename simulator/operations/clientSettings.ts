import {
    DATA_NETWORK_TYPES,
    DATA_PROXY_SETTINGS,
    type Client,
    type ClientState,
    type DataPlaneSettings,
} from "../client";
import { unknownClient } from "../errors";
import { HIGHEST_PORT } from "../input";
import type { Parameters } from "../parameters";
import { knownVault } from "./hanaClients";
import type { AnswerBody, OperationContext } from "./operation";

/** Sets what the call gives, for a client of either family, and leaves the other settings as they are. */
export function updateClientSettings(parameters: Parameters, context: OperationContext): AnswerBody {
    const client = anyClient(parameters, context);
    const useHttps = parameters.flag("UseHttps");
    const given = Object.entries(settingsOf(parameters)).filter(([, value]) => value !== undefined);
    const { settings } = client.stateAt(context.now);
    client.change(context.now, {
        settings: { ...settings, ...(Object.fromEntries(given) as DataPlaneSettings) },
        ...(useHttps !== undefined && { useHttps }),
    });
    context.requests.countWrite(client.identity.instanceId);
    return {};
}

/** The Settings of a client in DescribeBackupClients. The numbers of cores and workers are texts there. */
export function reportedSettings({ settings, networkType, useHttps }: ClientState): AnswerBody {
    return {
        AlertOnPartialComplete: settings.alertOnPartialComplete ?? false,
        DataNetworkType: settings.dataNetworkType ?? networkType,
        DataProxySetting: settings.dataProxySetting ?? "USE_CONTROL_PROXY",
        MaxCpuCore: String(settings.maxCpuCore ?? 0),
        MaxMemory: settings.maxMemory ?? 0,
        MaxWorker: String(settings.maxWorker ?? 0),
        ProxyHost: settings.proxyHost ?? "",
        ProxyPassword: settings.proxyPassword ?? "",
        ProxyPort: settings.proxyPort ?? 0,
        ProxyUser: settings.proxyUser ?? "",
        // The SDKs declare a text, but Terraform's provider reads a boolean.
        UseHttps: useHttps,
    };
}

function settingsOf(parameters: Parameters): DataPlaneSettings {
    const maximum = (name: string) => parameters.wholeNumber(name, 0, Number.MAX_SAFE_INTEGER);
    return {
        alertOnPartialComplete: parameters.flag("AlertOnPartialComplete"),
        dataNetworkType: parameters.oneOf("DataNetworkType", DATA_NETWORK_TYPES),
        dataProxySetting: parameters.oneOf("DataProxySetting", DATA_PROXY_SETTINGS),
        maxCpuCore: maximum("MaxCpuCore"),
        maxMemory: maximum("MaxMemory"),
        maxWorker: maximum("MaxWorker"),
        proxyHost: parameters.text("ProxyHost"),
        proxyPassword: parameters.text("ProxyPassword"),
        proxyPort: parameters.wholeNumber("ProxyPort", 0, HIGHEST_PORT),
        proxyUser: parameters.text("ProxyUser"),
    };
}

/** The vault matters only for a client that is in one. */
function anyClient(parameters: Parameters, context: OperationContext): Client {
    const clientId = parameters.required("ClientId");
    const vaultId = parameters.text("VaultId");
    if (vaultId !== undefined) knownVault(vaultId, context);
    const client = context.world.clients.find(clientId, context.now);
    if (client === undefined) throw unknownClient(clientId);
    const isElsewhere = client.identity.vaultId !== "" && client.identity.vaultId !== vaultId;
    if (vaultId !== undefined && isElsewhere) throw unknownClient(clientId);
    return client;
}
