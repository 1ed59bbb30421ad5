import { canonicalInputs, type RawInputs } from "../../provider/check/inputs";
import { changeOf, creationLine } from "../../provider/change";
import { VAULT, VirtualStack } from "./virtualStack";

/** The number of instances in each CreateClients call. */
export function batches(stack: VirtualStack): readonly number[] {
    return stack.simulator.requests().log.flatMap(({ action, parameters }) => {
        if (action !== "CreateClients") return [];
        return [(JSON.parse(parameters["ClientInfo"] ?? "[]") as unknown[]).length];
    });
}

/** Which waves the live status has shown. */
export function wavesShown(statuses: readonly string[]): readonly string[] {
    return [...new Set(statuses.flatMap((text) => /wave \d+\/\d+/.exec(text)?.[0] ?? []))];
}

export function withFailing(...instanceIds: readonly string[]): VirtualStack {
    const fitness = { failInstall: "AgentDownloadFailed" };
    return new VirtualStack({
        world: { instances: instanceIds.map((instanceId) => ({ instanceId, ...fitness })) },
    });
}

/** What a preview of the program says about its waves: the plan line from there on. */
export function wavesPreviewed({ state }: VirtualStack, program: RawInputs): string | undefined {
    const { inputs } = canonicalInputs(
        state ? { ...state } : {},
        { vaultId: VAULT, ...program },
        "cn-hangzhou",
    );
    if (!inputs) throw new Error("bad program");
    const line = state ? changeOf(state, inputs).line : creationLine(inputs);
    return /in (one wave|waves) of .*/.exec(line)?.[0];
}
