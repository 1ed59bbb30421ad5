import { getInstances } from "@pulumi/alicloud/ecs";
import * as pulumi from "@pulumi/pulumi";

export interface Query {
    /** The tags that the instances have, all of them. */
    tags: Record<string, string>;
    /** The tag whose value is the ID of the SAP HANA instance (`cl-…`) that an ECS instance belongs to. */
    clusterTag: string;
    /** The IDs of instances that have the tags and are left out. */
    exclude: string[];
    /** The smallest number of instances that can be right, without those left out. */
    minimum: number;
}

export interface TaggedInstance {
    instanceId: string;
    clusterId: string;
}

/**
 * The instances that have the tags.
 *
 * An instance that is missing from the answer leaves the fleet. So this asks for no `status`, which would leave out a
 * stopped instance, and for no page, and it fails if there are fewer instances than `minimum`.
 */
export async function taggedInstances(query: Query): Promise<TaggedInstance[]> {
    const { tags, clusterTag, exclude } = query;
    // The details are disks and RAM roles, which take more calls and more permissions.
    const { instances } = await getInstances({ tags, enableDetails: false });
    const notFound = exclude.filter((id) => !instances.some((instance) => instance.id === id));
    if (notFound.length > 0)
        await pulumi.log.warn(
            `The query for ${JSON.stringify(tags)} does not find ${notFound.join(", ")}, which "exclude" names: ` +
                "correct the ID, or take it out of the list.",
        );
    const found = instances.filter(({ id }) => !exclude.includes(id));
    assertEnough(found.length, query);
    return found.map(({ id, tags: own }) => {
        const clusterId = own[clusterTag];
        if (!clusterId)
            throw new pulumi.RunError(
                `Instance ${id} has no value in its tag "${clusterTag}", the ID of its SAP HANA instance: add it, or exclude the instance.`,
            );
        return { instanceId: id, clusterId };
    });
}

/** @throws RunError if the query finds fewer instances than the minimum */
function assertEnough(count: number, { tags, minimum }: Query): void {
    if (count >= minimum) return;
    throw new pulumi.RunError(
        `The query for ${JSON.stringify(tags)} finds too few instances: ${count} without the excluded ` +
            `ones, and "minimum" is ${minimum}. The missing ones would leave the fleet: check the tags, the region and the account. ` +
            (count > 0
                ? `If the answer is right, run \`pulumi config set minimum ${count}\`.`
                : "To end the whole fleet, run `pulumi destroy`."),
    );
}
