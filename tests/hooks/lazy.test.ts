import type { KnownInputs } from "../../provider/state";

test("a preview loads nothing that talks to the service", async () => {
    for (const module of ["reconcile", "replacement", "session", "read"]) {
        jest.doMock(`../../provider/${module}`, () => {
            throw new Error(`${module} was loaded`);
        });
    }
    jest.spyOn(console, "log").mockImplementation(() => undefined);
    const { check, diff, create } =
        jest.requireActual<typeof import("../../provider/hooks")>("../../provider/hooks");
    const program = { vaultId: "v-1", region: "cn-hangzhou", instances: [{ instanceId: "i-1" }] };
    const { inputs } = (await check({}, program)) as { inputs: KnownInputs };
    const outputs = { ...inputs, clients: {}, taskIds: [], failedInstanceIds: [] };
    expect(await diff("v-1", outputs, inputs)).toMatchObject({ changes: true, replaces: [] });
    await expect(create(inputs)).rejects.toThrow("was loaded");
});
