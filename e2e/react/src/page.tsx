// A page in React 19: the element with its properties and listeners as React hands them over, shown
// and hidden by state, inline and as a dialog.

import { StrictMode, useCallback, useRef, useState } from "react";
import { createRoot } from "react-dom/client";

import type { PatchbayEventMap, PatchbayStore } from "../../../public/widget/patchbay-store";

type Told = PatchbayEventMap[keyof PatchbayEventMap];

async function freshToken(): Promise<string> {
  const answer = await fetch("/patchbay/session", { method: "POST", headers: { "x-host": "1" } });
  if (!answer.ok) throw new Error(await answer.text());
  return (await answer.json()).token;
}

function Store({ onTold, modal = false }: { onTold: (event: Told) => void; modal?: boolean }) {
  const [token, setToken] = useState<string>();
  const store = useRef<PatchbayStore>(null);
  const renew = useCallback(
    (event: PatchbayEventMap["patchbay:session-expiring"]) => {
      onTold(event);
      freshToken().then(setToken, console.error);
    },
    [onTold],
  );
  const listeners = {
    "onpatchbay:session-expiring": renew,
    "onpatchbay:ready": onTold,
    "onpatchbay:connected": onTold,
    "onpatchbay:import": onTold,
    "onpatchbay:configured": onTold,
    "onpatchbay:disconnected": onTold,
    "onpatchbay:error": onTold,
  };
  const element = (
    <patchbay-store
      ref={store}
      portal="demo"
      session={token}
      mode={modal ? "modal" : "inline"}
      integration={modal ? "quickbooks-online" : undefined}
      {...listeners}
    />
  );
  if (!modal) return element;
  return (
    <>
      <button onClick={() => store.current?.open()}>Open as a dialog</button>
      {element}
    </>
  );
}

function Page() {
  const [shown, setShown] = useState(true);
  const [told, setTold] = useState<string[]>([]);
  const hear = useCallback((event: Told) => setTold((before) => [...before, event.type]), []);
  return (
    <main>
      <h1>React page</h1>
      <button onClick={() => setShown(!shown)}>{shown ? "Take the store away" : "Put the store back"}</button>
      {shown && <Store onTold={hear} />}
      <Store onTold={hear} modal />
      <ol aria-label="What the store told">
        {told.map((name, at) => (
          <li key={at}>{name}</li>
        ))}
      </ol>
    </main>
  );
}

const place = document.getElementById("page");
if (place) createRoot(place).render(<StrictMode><Page /></StrictMode>);
