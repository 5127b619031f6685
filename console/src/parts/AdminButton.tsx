import Button, { type ButtonProps } from "@cloudscape-design/components/button";

import { text } from "../strings";
import { useDesk } from "../state/session";

/** A button for what only an admin may: an analyst sees it, and why not. */
export function AdminButton(properties: ButtonProps) {
  const { admin } = useDesk();
  return <Button {...properties} {...(admin ? {} : { disabled: true, disabledReason: text.adminOnly })} />;
}
