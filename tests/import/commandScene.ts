import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { Simulator, type Listening } from "../../simulator";
import { Authority } from "../support/certificates";
import { type Commands, fakeCli } from "./fakeCli";
import { terraformWorld } from "./fixtures";
import { type Ended, runCommand } from "./runCommand";

export const NO_STACK = "hbr-import: no stack (there is no Pulumi CLI on PATH): only the environment is read";

/** A simulator with the world of the Terraform state and two vaults more, and the command, which finds it. */
export interface CommandScene {
    readonly folder: string;
    readonly simulator: Simulator;
    readonly hbrImport: (args: readonly string[], env?: NodeJS.ProcessEnv) => Promise<Ended>;
    /** A folder for PATH with a Pulumi CLI that does this. */
    readonly otherCli: (commands: Commands) => string;
}

/** Sets the scene for the tests of a file. */
export function commandScene(): CommandScene {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "hbr-import-"));
    const authority = new Authority("of these tests");
    const simulator = new Simulator({
        tls: authority.issue(),
        world: {
            vaults: ["v-simulator", "v-empty", "v-broken"],
            clients: [
                ...(terraformWorld().clients ?? []),
                { vaultId: "v-simulator", instanceId: "i-file", clientType: "ECS_CLIENT" },
                {
                    vaultId: "v-broken",
                    instanceId: "i-a",
                    clusterId: "cl-1",
                    clientId: "c-a",
                    status: "STOPPED",
                },
            ],
        },
    });
    let listening: Listening;

    beforeAll(async () => {
        fs.writeFileSync(path.join(folder, "authority.pem"), authority.cert);
        listening = await simulator.listen();
    });

    afterAll(async () => {
        await simulator.close();
        fs.rmSync(folder, { recursive: true });
    });

    return {
        folder,
        simulator,
        hbrImport: (args, env = {}) =>
            runCommand(args, {
                PATH: folder,
                HOME: folder,
                NODE_EXTRA_CA_CERTS: path.join(folder, "authority.pem"),
                ALICLOUD_REGION: "cn-hangzhou",
                ALICLOUD_ACCESS_KEY: listening.accessKeyId,
                ALICLOUD_SECRET_KEY: listening.accessKeySecret,
                HBR_ENDPOINT: listening.endpoint,
                ...env,
            }),
        otherCli: (commands) => fakeCli(folder, commands),
    };
}
