/** The HBR simulator in process. */
export { Simulator } from "./simulator";
export type { CallAnswer, CallParameter, Listening, SimulatorOptions } from "./simulator";
export type { Clock } from "./clock";
export { CLIENT_STATUSES, type ClientStatus } from "./lifecycle";
export { FAULT_KINDS, type FaultInput, type FaultKind } from "./faults";
export type { ClientInput, ClientPatch, InstancePatch, WorldInput } from "./input";
export type { KillInput } from "./kill";
export type { LimitsInput } from "./limits";
export type { LoggedRequest, RequestReport } from "./requests";
export type { RequestHook } from "./service";
export type { SwitchesInput } from "./switchInput";
export type { Switches } from "./switches";
export type { TlsOptions } from "./tls";
export { ControlError } from "./errors";
