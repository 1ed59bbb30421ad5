import { useConfig } from "../../provider/config/settings";
import { HbrError } from "../../provider/hbr/errors";
import type { HbrApi } from "../../provider/hbr/port";
import { describeError } from "../../provider/report";
import { apiFor } from "../../provider/session";

/*
 * A process of its own, because Node reads NODE_EXTRA_CA_CERTS as it starts. It makes the same calls at each endpoint of
 * its argument, with everything that is between a run and the wire, and prints how they ended.
 */

/** How a call ended: its answer, or the error as a user reads it. */
export interface Ending {
    readonly answer?: unknown;
    readonly code?: string;
    readonly errorClass?: string;
    readonly text?: string;
    /** As the debug log has them. */
    readonly attempts: number;
}

/** By endpoint, then by operation. */
export type Endings = Record<string, Record<string, Ending>>;

export const VAULT = "v-https";

const CALLS: Record<string, (api: HbrApi) => Promise<unknown>> = {
    CreateClients: (api) =>
        api.createClients({
            vaultId: VAULT,
            targets: [{ instanceId: "i-1", clusterId: "cl-1", sourceTypes: ["HANA"] }],
        }),
    DescribeClients: async (api) => {
        const page = await api.describeClients({ vaultId: VAULT, pageNumber: 1, pageSize: 99 });
        return page.clients.map(({ instanceId }) => instanceId);
    },
};

async function endingsAt(endpoint: string, config: Record<string, string>): Promise<Record<string, Ending>> {
    const own = { ...config, "alicloud:endpoints": JSON.stringify([{ hbr: endpoint }]) };
    useConfig((key) => (own as Record<string, string>)[key]);
    const endings: Record<string, Ending> = {};
    for (const [operation, call] of Object.entries(CALLS)) {
        const attempts: string[] = [];
        const quiet = (): void => undefined;
        const log = {
            info: quiet,
            warning: quiet,
            status: quiet,
            debug: (line: string) => attempts.push(line),
        };
        const ended = await call(apiFor("cn-hangzhou", log, new AbortController().signal)).then(
            (answer) => ({ answer }),
            (error: unknown) => ({
                ...(error instanceof HbrError && { code: error.code, errorClass: error.errorClass }),
                text: describeError(error),
            }),
        );
        endings[operation] = { ...ended, attempts: attempts.length };
    }
    return endings;
}

async function main(): Promise<void> {
    const { endpoints, config } = JSON.parse(process.argv[2] ?? "") as {
        endpoints: string[];
        config: Record<string, string>;
    };
    const endings: Endings = {};
    for (const endpoint of endpoints) endings[endpoint] = await endingsAt(endpoint, config);
    console.log(JSON.stringify(endings));
}

if (require.main === module) void main();
