// Stands in for the plugin of @pulumi/alicloud: it answers getInstances from the file that ECS_INSTANCES names, and
// selects by the arguments as the service does. So a program runs on the engine as it is. The file has a list of instances
// for each query to come; the last one stays.
const fs = require("node:fs");
const { main } = require("@pulumi/pulumi/provider");

const GET_INSTANCES = "alicloud:ecs/getInstances:getInstances";

/** The details are disks and RAM roles, which nobody here looks at. */
const KNOWN = ["tags", "status", "enableDetails"];

function getInstances(args) {
    const others = Object.keys(args).filter((name) => !KNOWN.includes(name));
    if (others.length > 0) throw new Error(`Not known here: ${others.join(", ")}`);
    const { tags = {}, status } = args;
    const [all, ...later] = JSON.parse(fs.readFileSync(process.env.ECS_INSTANCES, "utf8"));
    if (later.length > 0) fs.writeFileSync(process.env.ECS_INSTANCES, JSON.stringify(later));
    const instances = all.filter(
        (instance) =>
            Object.entries(tags).every(([key, value]) => instance.tags?.[key] === value) &&
            (status === undefined || instance.status === status),
    );
    const ids = instances.map(({ id }) => id);
    return { id: "query", ids, names: ids, instances, totalCount: instances.length };
}

/** @type {import("@pulumi/pulumi/provider").Provider} */
const provider = {
    version: "3.108.0",
    invoke(token, args) {
        if (token !== GET_INSTANCES) throw new Error(`Not known here: ${token}`);
        return Promise.resolve({ outputs: getInstances(args) });
    },
};

main(provider, process.argv.slice(2));
