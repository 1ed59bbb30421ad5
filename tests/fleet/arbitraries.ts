import fc from "fast-check";
import { withoutClient } from "../../provider/fleet/entry";
import {
    type ClientEntry,
    type DeclaredInstance,
    type FleetSpec,
    type FleetState,
    type ObservedClient,
    type ShownSettings,
} from "../../provider/fleet/model";
import { CLIENT_STATUSES } from "../../provider/fleet/status";
import { OUTCOME_CODES } from "../../provider/fleet/codes";
import { UNKNOWN_VALUE } from "../../provider/unknown";
import { spec, state } from "./builders";

const id = fc.constantFrom(...Array.from({ length: 8 }, (_, index) => `i-${index}`), "(unknown 1)");
const clusterId = fc.constantFrom("cl-1", "cl-2", UNKNOWN_VALUE, undefined);
const sourceTypes = fc.constantFrom(["HANA"], ["HANA", "OTHER"], [UNKNOWN_VALUE]);
const setting = <T>(...values: T[]): fc.Arbitrary<T | undefined> =>
    fc.constantFrom(undefined, UNKNOWN_VALUE as unknown as T, ...values);

const clientId = fc.constantFrom(...Array.from({ length: 12 }, (_, index) => `c-${index}`));
const shown: fc.Arbitrary<ShownSettings | undefined> = fc.constantFrom(
    undefined,
    { useHttps: false },
    { useHttps: true },
    { alertSetting: "DISABLED" },
    { useHttps: false, alertSetting: "INHERITED" },
);

const instance: fc.Arbitrary<DeclaredInstance> = fc
    .record({ instanceId: id, clusterId, sourceTypes })
    .map(({ clusterId: cluster, ...rest }) => ({
        ...rest,
        ...(cluster !== undefined && { clusterId: cluster }),
    }));

/** Any program. */
export const fleet: fc.Arbitrary<FleetSpec> = fc
    .record({
        instances: fc.uniqueArray(instance, { selector: ({ instanceId }) => instanceId }),
        useHttps: setting(true, false),
        alertSetting: setting("INHERITED"),
        resourceGroupId: setting("rg-1"),
        triggers: setting<unknown>([1], { a: 2 }),
        removal: fc.constantFrom("UninstallAndDelete" as const, "Uninstall" as const, "Retain" as const),
        adoptExisting: fc.boolean(),
    })
    .map(({ instances, removal, adoptExisting, ...settings }) => {
        const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
        return spec(instances, { removal, adoptExisting, ...given });
    });

const recordedEntry: fc.Arbitrary<ClientEntry> = fc
    .record({
        instance,
        status: fc.constantFrom(...CLIENT_STATUSES),
        pendingAction: fc.constantFrom(
            undefined,
            "install" as const,
            "reinstall" as const,
            "uninstall" as const,
        ),
        errorCode: fc.constantFrom(
            undefined,
            OUTCOME_CODES.clientExists,
            OUTCOME_CODES.clientNotHealthy,
            "X",
        ),
        taskId: fc.constantFrom(undefined, "t-1"),
        clientId: fc.option(clientId, { nil: undefined }),
        drift: shown,
        settingsNotTaken: shown,
        owned: fc.constantFrom(undefined, false as const),
    })
    .map(({ instance: { instanceId, clusterId: cluster }, status, owned, ...more }) => {
        const given = Object.fromEntries(Object.entries(more).filter(([, value]) => value !== undefined));
        const own: ClientEntry = {
            instanceId,
            status,
            installed: true,
            ...(cluster !== undefined && { clusterId: cluster }),
            ...given,
        };
        return owned === false ? withoutClient(own) : own;
    });

/** Any state. */
export const recorded: fc.Arbitrary<FleetState> = fc
    .tuple(fleet, fc.uniqueArray(recordedEntry, { selector: ({ instanceId }) => instanceId }))
    .map(([program, entries]) => state(entries, program));

/** Anything that the service may show. */
export const observedClients: fc.Arbitrary<ObservedClient[]> = fc.uniqueArray(
    fc
        .record({
            clientId,
            instance,
            status: fc.constantFrom(...CLIENT_STATUSES),
            shows: shown,
        })
        .map(({ instance: { instanceId, clusterId: cluster }, shows, ...rest }) => ({
            ...rest,
            ...(shows as Partial<ObservedClient>),
            vaultId: "v-1",
            instanceId,
            ...(cluster !== undefined && { clusterId: cluster }),
        })),
    { selector: ({ clientId }) => clientId, maxLength: 12 },
);
