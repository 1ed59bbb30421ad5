import * as pulumi from "@pulumi/pulumi";
import { HanaBackup } from "./hanaBackup";

const config = new pulumi.Config();

const backup = new HanaBackup("prd", {
    host: config.require("host"),
    sid: config.get("sid") ?? "PRD",
    instanceNumber: config.getNumber("instanceNumber") ?? 0,
    userName: config.get("userName") ?? "SYSTEM",
    password: config.requireSecret("password"),
    instanceIds: config.requireObject<string[]>("instanceIds"),
});

export const { vaultId, clusterId, clients } = backup;
