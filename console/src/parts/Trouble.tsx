import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { Component, type ReactNode } from "react";

import { ApiFailure } from "../api/client";
import { text } from "../strings";

/** What went wrong with a question to the server, and what to do. */
export function Trouble({ error, again }: { error: Error; again?: () => unknown }) {
  const failure = error instanceof ApiFailure ? error : new ApiFailure(-1, error.name, error.message);
  const action = again === undefined ? undefined : <Button onClick={() => void again()}>{text.tryAgain}</Button>;
  if (failure.status === 0) {
    return (
      <Alert type="warning" header={text.trouble.unreachable} action={action}>{text.trouble.unreachableWhat}</Alert>
    );
  }
  if (failure.notBuilt) return <NotBuilt what={failure.message} />;
  if (failure.status === 403) {
    return (
      <Alert type="info" header={text.trouble.forbidden}>{failure.message || text.trouble.forbiddenWhat}</Alert>
    );
  }
  return (
    <Alert type="error" header={text.trouble.refused} action={action}>
      {failure.message} <Box variant="small">{text.trouble.code(failure.code)}</Box>
    </Alert>
  );
}

/** A thing that this build has not, said plainly. */
export function NotBuilt({ what }: { what?: string }) {
  return (
    <Alert type="info" header={text.trouble.notBuilt}>
      {text.trouble.notBuiltWhat} {what !== undefined && what !== "" && <Box variant="small">{what}</Box>}
    </Alert>
  );
}

/** An empty state that teaches what would be here, and how to get it. */
export function Empty({ title, what, children }: { title: string; what?: ReactNode; children?: ReactNode }) {
  return (
    <Box textAlign="center" color="inherit" margin={{ vertical: "s" }}>
      <SpaceBetween size="xs">
        <b>{title}</b>
        {what !== undefined && <Box variant="p" color="inherit">{what}</Box>}
        {children}
      </SpaceBetween>
    </Box>
  );
}

/** A screen that fails takes no other with it. */
export class Guard extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <Alert type="error" header={text.trouble.broken}
        action={<Button onClick={() => window.location.reload()}>{text.tryAgain}</Button>}>
        {text.trouble.brokenWhat}
      </Alert>
    );
  }
}
