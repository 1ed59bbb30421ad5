import * as pulumi from "@pulumi/pulumi";
import { hanaFleet, inactive, undeclared, type Clusters } from "./fleet";

const config = new pulumi.Config();
const vaultId = config.require("vaultId");
const clusters = config.requireObject<Clusters>("clusters");

export const inactiveInstanceIds = inactive(hanaFleet(vaultId, clusters));
export const undeclaredInstanceIds = undeclared(vaultId, clusters);
