/** An answer that refuses: its body has GitHub's error shape. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly details: ApiErrorDetails;
  constructor(status: number, message: string, details: ApiErrorDetails = {}) {
    super(message);
    this.status = status;
    this.details = details;
  }
}

export interface ApiErrorDetails {
  headers?: Readonly<Record<string, string>>;
  errors?: readonly ({ resource: string; field: string; code: string; message?: string } | string)[];
}

export function errorBody(error: ApiError): object {
  return {
    message: error.message,
    ...(error.details.errors === undefined ? {} : { errors: error.details.errors }),
    documentation_url: 'https://docs.github.com/rest',
    status: String(error.status),
  };
}

export function notFound(): ApiError {
  return new ApiError(404, 'Not Found');
}

export function invalid(message: string, errors?: ApiErrorDetails['errors']): ApiError {
  return new ApiError(422, message, errors === undefined ? {} : { errors });
}
