// What the source exports is what is declared: the same names, and instances with the members that are declared.
import declared = require("../../index");
import source = require("../../src/index.js");

type Instances<Library> = { [Name in keyof Library]: Library[Name] extends { prototype: infer Instance } ? Instance : never };
type Declared = Instances<typeof declared>;
type Source = Instances<typeof source>;
// Not the listeners of events, nor what has a symbol for a name.
type Members = "accounts" | "call" | "close" | "credentials" | "info" | "pid" | "ping";

export const fits: Omit<Declared, "Bridge"> = undefined as unknown as Source;
export const bridge: Pick<Declared["Bridge"], Members> = undefined as unknown as Source["Bridge"];
export const names: Record<keyof Source, unknown> = undefined as unknown as Record<keyof Declared, unknown>;
