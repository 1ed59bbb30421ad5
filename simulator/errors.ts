/** An error that the service answers with. */
export class ServiceError extends Error {
    constructor(
        readonly status: number,
        readonly code: string,
        message: string,
        readonly headers: Readonly<Record<string, string>> = {},
    ) {
        super(message);
        this.name = "ServiceError";
    }
}

export function missingParameter(name: string): ServiceError {
    return new ServiceError(
        400,
        "MissingParameter",
        `The input parameter "${name}" that is mandatory for processing this request is not supplied.`,
    );
}

export function invalidParameter(name: string, reason: string): ServiceError {
    return new ServiceError(
        400,
        "InvalidParameter",
        `The specified parameter "${name}" is not valid: ${reason}.`,
    );
}

export function unknownAction(action: string): ServiceError {
    return new ServiceError(
        404,
        "InvalidApi.NotFound",
        `Specified api is not found, please check your url and method: ${action}.`,
    );
}

export function unknownVault(vaultId: string): ServiceError {
    return new ServiceError(404, "VaultNotExist", `The vault does not exist: ${vaultId}.`);
}

export function unknownRole(): ServiceError {
    return new ServiceError(404, "RoleNotExist", "The role does not exist.");
}

export function unknownTask(taskId: string): ServiceError {
    return new ServiceError(404, "TaskNotFound", `The task is not found: ${taskId}.`);
}

export function unknownClient(clientId: string): ServiceError {
    return new ServiceError(404, "ResourceNotFound", `The client is not found: ${clientId}.`);
}

/** Invalid input to the control API. The answer has the status and the reason. */
export class ControlError extends Error {
    constructor(
        readonly status: 400 | 403 | 404 | 405 | 413,
        reason: string,
    ) {
        super(reason);
        this.name = "ControlError";
    }
}
