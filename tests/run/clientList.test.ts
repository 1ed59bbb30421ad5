import type { ClientEntry, ObservedClient } from "../../provider/fleet/model";
import { HbrError } from "../../provider/hbr/errors";
import type { ClientQuery, HbrApi } from "../../provider/hbr/port";
import { ClientList } from "../../provider/run/clientList";
import { client, entry, foreign } from "../fleet/builders";

/** What the service does with a look at one client. */
type Look = (clientId: string) => readonly ObservedClient[];

/** A list that misses some clients, of a service that answers looks at one of them. */
class Service {
    listed: readonly ObservedClient[] = [];
    look: Look = () => {
        throw new HbrError("no such client", {
            operation: "DescribeClients",
            errorClass: "notFound",
            code: "ClientNotExist",
        });
    };
    /** `list`, or the client that was looked at. */
    readonly asked: string[] = [];

    readonly api = {
        describeClients: ({ clientId }: ClientQuery) => {
            this.asked.push(clientId ?? "list");
            const clients = clientId === undefined ? this.listed : this.look(clientId);
            return Promise.resolve({ clients, totalCount: clients.length });
        },
    } as unknown as HbrApi;

    /** What a list that is made with these entries and declared instances reads. */
    list(
        entries: readonly ClientEntry[],
        declared: readonly string[] = [],
    ): () => Promise<readonly string[]> {
        const list = new ClientList(this.api, { vaultId: "v-1" }, entries, declared);
        return async () => {
            this.asked.length = 0;
            return (await list.read()).map(({ clientId }) => clientId);
        };
    }
}

const clients = (count: number): ObservedClient[] =>
    Array.from({ length: count }, (_, index) => client(`i-${index + 1}`, "ACTIVATED"));

describe("a client that the list does not show", () => {
    test("is looked at before it counts as gone, if the state names it", async () => {
        const service = new Service();
        const read = service.list([entry("i-1"), entry("i-2")]);
        service.listed = clients(1);
        expect(await read()).toEqual(["c-i-1"]);
        expect(service.asked).toEqual(["list", "c-i-2"]);
        // It is gone now.
        expect(await read()).toEqual(["c-i-1"]);
        expect(service.asked).toEqual(["list"]);
    });

    test.each([
        ["the state", [entry("i-2", "INSTALLING", { clientId: "c-before" })], []],
        ["the program", [], ["i-2"]],
    ])("is looked at, if it was seen before on an instance of %s", async (_, entries, declared) => {
        const service = new Service();
        service.look = () => [];
        const read = service.list(entries, declared);
        service.listed = clients(3);
        await read();
        service.listed = clients(1);
        service.look = (clientId) => [client("i-2", "ACTIVATED", { clientId })];
        expect(await read()).toEqual(["c-i-1", "c-i-2"]);
        expect(service.asked).toEqual(["list", "c-i-2"]);
        expect(await read()).toEqual(["c-i-1", "c-i-2"]);
    });

    test("is not looked for, if it is of others, or nobody knows its ID", async () => {
        const service = new Service();
        const unnamed: ClientEntry = { instanceId: "i-2", status: "INSTALLING", installed: false };
        const read = service.list([foreign("i-1"), unnamed]);
        expect(await read()).toEqual([]);
        expect(service.asked).toEqual(["list"]);
    });

    test("is looked at one by one up to twenty, and more of them in the whole list", async () => {
        for (const [count, looks] of [
            [20, 20],
            [21, 0],
        ] as const) {
            const service = new Service();
            const read = service.list(clients(count).map(({ instanceId }) => entry(instanceId)));
            expect(await read()).toEqual([]);
            expect(service.asked.filter((each) => each !== "list")).toHaveLength(looks);
            expect(service.asked.filter((each) => each === "list").length).toBe(looks === 0 ? 2 : 1);
        }
    });

    test("is looked for in the whole list of a service that shows another one instead", async () => {
        const service = new Service();
        const read = service.list([entry("i-2")]);
        service.listed = clients(1);
        service.look = () => {
            service.listed = clients(2);
            return clients(1);
        };
        expect(await read()).toEqual(["c-i-1", "c-i-2"]);
        expect(service.asked).toEqual(["list", "c-i-2", "list"]);
    });

    test("fails the reading, if the look fails for another reason", async () => {
        const service = new Service();
        const read = service.list([entry("i-2")]);
        const error = new HbrError("no", {
            operation: "DescribeClients",
            errorClass: "account",
            code: "NoPermission",
        });
        service.look = () => {
            throw error;
        };
        await expect(read()).rejects.toBe(error);
    });
});
