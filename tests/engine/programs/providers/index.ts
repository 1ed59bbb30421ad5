import * as pulumi from "@pulumi/pulumi";
import { BackupClients } from "pulumi-alicloud-hbr";

class Provider extends pulumi.ProviderResource {}
class Group extends pulumi.ComponentResource {}

const config = new pulumi.Config("alicloud");
const keys = ["accessKey", "secretKey", "protocol", "endpoints"];
const beijing = { "alicloud:region": "cn-beijing" };
const settings = Object.fromEntries(keys.map((key) => [`alicloud:${key}`, config.require(key)]));

const dynamic = new Provider("pulumi-nodejs", "dynamic", { ...settings, ...beijing });
const foreign = new Provider("alicloud", "foreign", { region: "cn-beijing" });
const group = new Group("fleet:Group", "group", {}, { providers: { alicloud: foreign } });

const args = (name: string) => ({ vaultId: `v-${name}`, instances: [{ instanceId: `i-${name}` }] });

export const own = new BackupClients("own", args("own"), { provider: dynamic });
export const grouped = new BackupClients("grouped", args("grouped"), { parent: group });
if (new pulumi.Config("fleet").getBoolean("foreign"))
    new BackupClients("refused", args("refused"), { provider: foreign });
