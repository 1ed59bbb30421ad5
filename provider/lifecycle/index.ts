/**
 * The hooks under the name by which states know them: that of a linked package holds code which requires
 * `pulumi-alicloud-hbr/lifecycle`. It must never change.
 */
export * from "../hooks";
