/** The variables of `[env]` in faasta.toml, and the secrets. */
declare module "wasi:config/store@0.2.0-rc.1" {
  export function get(name: string): string | undefined;
  export function getAll(): [string, string][];
}

interface FetchEvent extends Event {
  readonly request: Request;
  respondWith(response: Response | Promise<Response>): void;
}

declare function addEventListener(type: "fetch", listener: (event: FetchEvent) => void): void;
