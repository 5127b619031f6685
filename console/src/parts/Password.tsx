import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Form from "@cloudscape-design/components/form";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import { changePassword } from "../api/vedette";
import { useDesk, useSessionState } from "../state/session";
import { useShell } from "../state/shell";
import { text } from "../strings";
import { Trouble } from "./Trouble";

const SHORTEST = 12;
const NOTHING = { old: "", new: "", again: "" };
const say = text.password;

/** Change one's own password. */
export function Password() {
  const { api, session } = useDesk();
  const { begin } = useSessionState();
  const { notify } = useShell();
  const [given, setGiven] = useState(NOTHING);
  const changing = useMutation({
    mutationFn: () => changePassword(api, { password: given.old, newPassword: given.new }),
    onSuccess: (changed) => {
      setGiven(NOTHING);
      begin(changed);
      notify("success", say.changed);
    },
  });
  const short = given.new !== "" && given.new.length < SHORTEST;
  const differs = given.again !== "" && given.again !== given.new;
  const ready = given.old !== "" && given.new !== "" && given.again === given.new && !short;
  const field = (name: keyof typeof NOTHING, autoComplete: string) => (
    <Input type="password" autoComplete={autoComplete} value={given[name]} ariaRequired
      onChange={({ detail }) => setGiven((before) => ({ ...before, [name]: detail.value }))} />
  );
  return (
    <form onSubmit={(event) => {
      event.preventDefault();
      if (ready) changing.mutate();
    }}>
      <Container header={<Header variant="h2" description={say.what}>{say.title}</Header>}>
        <Form actions={<Button formAction="submit" loading={changing.isPending} disabled={!ready}>{say.change}</Button>}>
          <SpaceBetween size="m">
            {changing.error !== null && <Trouble error={changing.error} />}
            {/* For password managers, which ask whose it is. */}
            <input className="off-screen" autoComplete="username" value={session.user} readOnly tabIndex={-1} aria-hidden />
            <FormField label={say.old}>{field("old", "current-password")}</FormField>
            <FormField label={say.new} constraintText={say.newHelp} {...(short ? { errorText: say.short } : {})}>
              {field("new", "new-password")}
            </FormField>
            <FormField label={say.again} {...(differs ? { errorText: say.differs } : {})}>
              {field("again", "new-password")}
            </FormField>
          </SpaceBetween>
        </Form>
      </Container>
    </form>
  );
}
