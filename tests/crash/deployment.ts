import { InitFailed, type Properties, ProviderDied, type ProviderServer } from "./providerServer";

/** What the state holds of a resource. */
export interface Recorded {
    readonly id: string;
    readonly inputs: Properties;
    readonly outputs: Properties;
    /** Why the last create or update did not reach its end. */
    readonly initErrors: readonly string[];
}

/** How a run ended: the provider's process may have died under it. */
export type Outcome = "succeeded" | "failed" | "died";

const URN = "urn:pulumi:dev::fleet::pulumi-nodejs:dynamic/alicloud-hbr:BackupClients::hana";

/** One resource of a stack, brought along by the engine's own rules; its state is what the engine would have saved. */
export class Deployment {
    /** The last error. */
    error: unknown;

    constructor(public state?: Recorded) {}

    /** `pulumi up` of a program that declares the resource with these arguments. */
    up(provider: ProviderServer, args: Properties): Promise<Outcome> {
        return this.run(async () => {
            const inputs = await provider.check(URN, this.state?.inputs ?? {}, { ...args, __urn: URN });
            if (this.state === undefined) await this.create(provider, inputs);
            else await this.update(provider, this.state, inputs);
        });
    }

    /** `pulumi refresh`. */
    refresh(provider: ProviderServer): Promise<Outcome> {
        return this.run(async () => {
            if (this.state === undefined) return;
            const { id, outputs } = this.state;
            const now = await provider.read(URN, id, outputs);
            this.state = now && { ...this.state, outputs: now, initErrors: [] };
        });
    }

    /** `pulumi destroy`. */
    destroy(provider: ProviderServer): Promise<Outcome> {
        return this.run(async () => {
            if (this.state === undefined) return;
            await provider.delete(URN, this.state.id, this.state.outputs);
            this.state = undefined;
        });
    }

    private async create(provider: ProviderServer, inputs: Properties): Promise<void> {
        const id = inputs.vaultId as string;
        try {
            this.state = { id, inputs, outputs: await provider.create(URN, inputs), initErrors: [] };
        } catch (error) {
            if (error instanceof InitFailed)
                this.state = { id, inputs, outputs: error.properties, initErrors: error.reasons };
            throw error;
        }
    }

    private async update(provider: ProviderServer, before: Recorded, inputs: Properties): Promise<void> {
        const { id, outputs } = before;
        const changes = await provider.diff(URN, id, outputs, inputs);
        if (!changes && before.initErrors.length === 0) return;
        try {
            const after = await provider.update(URN, id, outputs, inputs);
            this.state = { id, inputs, outputs: after, initErrors: [] };
        } catch (error) {
            // The engine keeps the old inputs beside the new outputs.
            if (error instanceof InitFailed)
                this.state = { ...before, outputs: error.properties, initErrors: error.reasons };
            throw error;
        }
    }

    private async run(steps: () => Promise<void>): Promise<Outcome> {
        try {
            await steps();
            return "succeeded";
        } catch (error) {
            this.error = error;
            return error instanceof ProviderDied ? "died" : "failed";
        }
    }
}
