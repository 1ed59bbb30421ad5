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
 * The clients of instances that are missing from the answer would be uninstalled. So this asks for no `status`, which would
 * leave out a stopped instance, and for no page, and it fails if there are fewer instances than `minimum`.
 */
export async function taggedInstances(query: Query): Promise<TaggedInstance[]> {
    const { tags, clusterTag, exclude, minimum } = query;
    // The details are disks and RAM roles, which take more calls and more permissions.
    const answer = await getInstances({ tags, enableDetails: false });
    const found = answer.instances.filter(({ id }) => !exclude.includes(id));
    if (found.length < minimum) {
        throw new pulumi.RunError(
            `The query for ${JSON.stringify(tags)} finds too few instances: ${found.length} without the excluded ` +
                `ones, and "minimum" is ${minimum}. The clients of the missing ones would be uninstalled. If that is right, run ` +
                `\`pulumi config set minimum ${found.length}\`.`,
        );
    }
    return found.map(({ id, tags: own }) => {
        const clusterId = own[clusterTag];
        if (clusterId === undefined)
            throw new pulumi.RunError(
                `Instance ${id} has no tag "${clusterTag}" with the ID of its SAP HANA instance: add the tag, or exclude the instance.`,
            );
        return { instanceId: id, clusterId };
    });
}
