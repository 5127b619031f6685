import type { FlashbarProps } from "@cloudscape-design/components/flashbar";
import { createContext, useContext, type ReactNode } from "react";

export interface PanelFrame {
  header: ReactNode;
  label: string;
  close: () => void;
}

/** What can be done about what is said, once. */
export interface NoteAction {
  text: string;
  run: () => void;
}

/** What a screen may ask of the frame around it. */
export interface Shell {
  /** Says something; with `action` it stays until it is sent away. */
  notify: (kind: FlashbarProps.Type, content: ReactNode, action?: NoteAction) => void;
  /** Open the split panel, or close it (null); its content is rendered into `slot`. */
  setPanel: (frame: PanelFrame | null) => void;
  slot: HTMLElement | null;
}

export const ShellContext = createContext<Shell | null>(null);

export function useShell(): Shell {
  const shell = useContext(ShellContext);
  if (shell === null) throw new Error("outside the shell");
  return shell;
}
