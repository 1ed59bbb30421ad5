/**
 * The hooks under the name in the states of linked packages, which hold code that requires
 * `pulumi-alicloud-hbr/lifecycle`. It must never change.
 */
import "../nodeVersion";
export * from "../hooks";
