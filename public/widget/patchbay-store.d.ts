// Types of <patchbay-store>. Keep this file beside your sources; docs/EMBEDDING.md tells the rest.

/** A view of one integration; it needs `integration`. */
export type PatchbayView = "overview" | "configuration" | "data" | "activity";

export type PatchbayTheme = "light" | "dark" | "auto";

export type PatchbayImportState = "running" | "done" | "failed" | "cancelled";

/** What went wrong; `docs/EMBEDDING.md` says what each of them means. */
export type PatchbayErrorCode =
  | "session-invalid"
  | "not-allowed"
  | "not-found"
  | "unreadable"
  | "invalid"
  | "not-now"
  | "too-many"
  | "provider-unreachable"
  | "internal"
  | "connect-cancelled"
  | "connect-refused"
  | "company-in-use"
  | "company-unproven"
  | "scope-missing"
  | "keys-refused"
  | "connect-expired"
  | "connect-not-allowed";

/** What each event carries, by its name. */
export interface PatchbayEventDetails {
  /** The store is shown. */
  "patchbay:ready": Record<string, never>;
  "patchbay:connected": { integration: string; company: string };
  "patchbay:import": { integration: string; state: PatchbayImportState; done: number; total?: number };
  "patchbay:configured": { integration: string; version: number };
  "patchbay:disconnected": { integration: string };
  /** A session is wanted: set `session`. `needed`: there is none; `expiring`: it ends at `expiresAt`. */
  "patchbay:session-expiring": { reason: "needed" | "expiring"; expiresAt?: string };
  "patchbay:error": { code: PatchbayErrorCode; message: string };
}

export type PatchbayEventMap = {
  [Name in keyof PatchbayEventDetails]: CustomEvent<PatchbayEventDetails[Name]>;
};

/** The store of a portal, in a frame. */
export declare class PatchbayStore extends HTMLElement {
  /** Hands a fresh session to the store; it cannot be read back. */
  set session(token: string | null | undefined);
  /** Opens the modal form (`mode="modal"`). */
  open(): void;
  /** Closes the modal form; `close` is raised when it is closed, by whomever. */
  close(): void;
}

/** What can be written at the element. */
export interface PatchbayStoreAttributes {
  /** The portal's public name. */
  portal: string;
  /** Shows this integration instead of the whole store. */
  integration?: string;
  view?: PatchbayView;
  /** `modal`: nothing is shown until `open()` is called. */
  mode?: "inline" | "modal";
  theme?: PatchbayTheme;
  /** A language tag, for example `en-GB`. */
  locale?: string;
  /** Pixels, or `auto` to be as high as the store's content. */
  height?: "auto" | number | `${number}`;
}

declare global {
  interface HTMLElementTagNameMap {
    "patchbay-store": PatchbayStore;
  }
  interface GlobalEventHandlersEventMap extends PatchbayEventMap {}
}

type PatchbayHandlers = {
  [Name in keyof PatchbayEventMap as `on${Name}`]?: (event: PatchbayEventMap[Name]) => void;
};

// React 19 sets `session` as a property and listens to `on...`. Without React, leave this block out.
declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "patchbay-store": import("react").DetailedHTMLProps<
        import("react").HTMLAttributes<PatchbayStore> &
          PatchbayStoreAttributes &
          PatchbayHandlers & { session?: string | null; onclose?: (event: Event) => void },
        PatchbayStore
      >;
    }
  }
}
