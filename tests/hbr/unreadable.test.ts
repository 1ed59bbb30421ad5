import type { HbrError } from "../../provider/hbr/errors";
import {
    parseClientPage,
    parseCreateClients,
    parseEnvelope,
    parseStartedTask,
} from "../../provider/hbr/parse";
import { parseTask } from "../../provider/hbr/parseTask";

function messageOf(read: () => unknown): string {
    try {
        read();
    } catch (error) {
        return (error as HbrError).message;
    }
    throw new Error("no error");
}

test.each<[string, (body: unknown) => unknown]>([
    ["CreateClients", (body) => parseCreateClients(body)],
    ["DescribeClients", (body) => parseClientPage(body, "v-1")],
    ["DescribeTask", (body) => parseTask(body, "t-1")],
    ["UninstallClient", (body) => parseStartedTask("UninstallClient", body)],
    ["DeleteClient", (body) => parseEnvelope("DeleteClient", body)],
])("an answer to %s that is none says so under the name of the call", (operation, read) => {
    expect(messageOf(() => read("text"))).toBe(
        `${operation} failed: UnreadableAnswer: the answer is not a JSON object`,
    );
    expect(messageOf(() => read({ Success: false, Code: "InDebt" }))).toMatch(
        new RegExp(`^${operation} failed: InDebt: the service reports no success`),
    );
});

test.each([
    [{ Clients: [] }, "TotalCount is missing or not a number"],
    [{ TotalCount: "many", Clients: [] }, "TotalCount is missing or not a number"],
    [{ TotalCount: 1 }, "Clients is missing or not a list"],
    [{ TotalCount: 1, Clients: null }, "Clients is missing or not a list"],
    [{ TotalCount: 1, Clients: "none" }, "Clients is missing or not a list"],
    [{ TotalCount: 1, Clients: { Client: null } }, "Clients is missing or not a list"],
    [{ TotalCount: 0, Clients: { Client: 3 } }, "Clients is missing or not a list"],
])("the page %j cannot be read", (page, reason) => {
    const body = { Success: true, ...page };
    expect(messageOf(() => parseClientPage(body, "v-1"))).toBe(
        `DescribeClients failed: UnreadableAnswer: ${reason}`,
    );
});

test("a page without a list has no rows if it counts none", () => {
    for (const Clients of [undefined, null, {}, []])
        expect(parseClientPage({ Success: true, TotalCount: 0, Clients }, "v-1")).toEqual({
            clients: [],
            totalCount: 0,
            ignored: 0,
        });
});

test("a client is in the vault that its record names", () => {
    const record = { ClientId: "c-1", InstanceId: "i-1", Status: "ACTIVATED" };
    const Clients = [record, { ...record, VaultId: "v-other" }];
    const { clients } = parseClientPage({ Success: true, TotalCount: 2, Clients }, "v-1");
    expect(clients.map(({ vaultId }) => vaultId)).toEqual(["v-1", "v-other"]);
});

test("a list of instances that is null says nothing against any", () => {
    expect(parseCreateClients({ Success: true, TaskId: "t-1", InstanceStatuses: null })).toEqual({
        taskId: "t-1",
        instanceStatuses: [],
    });
});
