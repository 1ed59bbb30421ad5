import * as pulumi from "@pulumi/pulumi";
import { HanaBackup } from "./hanaBackup";

const config = new pulumi.Config();

const backup = new HanaBackup("prd", {
    host: config.require("host"),
    sid: config.require("sid"),
    instanceNumber: config.requireNumber("instanceNumber"),
    userName: config.require("userName"),
    password: config.requireSecret("password"),
    instanceIds: config.requireObject<string[]>("instanceIds"),
});

export const { vaultId, clusterId, clients } = backup;
