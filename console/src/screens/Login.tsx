import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Form from "@cloudscape-design/components/form";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { Navigate, useLocation, useSearchParams } from "react-router";

import { ApiFailure, makeApi } from "../api/client";
import { login } from "../api/vedette";
import { Trouble } from "../parts/Trouble";
import { useTitle } from "../parts/useTitle";
import { useSessionState } from "../state/session";
import { text } from "../strings";

/** Only a path of this console is gone to after logging in. */
function destination(to: string | null): string {
  return to !== null && /^\/(?![/\\])/.test(to) && !to.startsWith("/login") ? to : "/";
}

export default function Login() {
  useTitle(text.login.submit);
  const { state, begin } = useSessionState();
  const [params] = useSearchParams();
  const { hash } = useLocation();
  const [user, setUser] = useState("");
  const [password, setPassword] = useState("");
  const token = new URLSearchParams(hash.slice(1)).get("token");
  const trying = useMutation({
    mutationFn: (how: { user: string; password: string } | { token: string }) =>
      login(makeApi(null, () => undefined), how),
    onSuccess: begin,
  });
  const used = useRef(false);
  const { mutate } = trying;
  useEffect(() => {
    if (token === null || used.current) return;
    used.current = true;
    mutate({ token });
  }, [token, mutate]);

  if (state.kind === "in") return <Navigate to={destination(params.get("to"))} replace />;
  const wrong = trying.error instanceof ApiFailure && trying.error.status === 401;
  return (
    <main className="login">
      <div className="login-box">
        <form onSubmit={(event) => {
          event.preventDefault();
          trying.mutate({ user, password });
        }}>
          <Container header={<Header variant="h1" description={text.login.what}>{text.login.title}</Header>}>
            <Form actions={
              <Button variant="primary" formAction="submit" loading={trying.isPending}>{text.login.submit}</Button>
            }>
              <SpaceBetween size="m">
                {params.has("ended") && !trying.isError && <Alert type="info">{text.login.ended}</Alert>}
                {token !== null && trying.isPending && <Box><Spinner /> {text.login.token}</Box>}
                {wrong && <Alert type="error">{text.login.wrong}</Alert>}
                {trying.error !== null && !wrong && <Trouble error={trying.error} />}
                <FormField label={text.login.user}>
                  <Input value={user} onChange={({ detail }) => setUser(detail.value)} autoFocus name="username"
                    autoComplete="username" ariaRequired />
                </FormField>
                <FormField label={text.login.password}>
                  <Input value={password} onChange={({ detail }) => setPassword(detail.value)} type="password"
                    name="password" autoComplete="current-password" ariaRequired />
                </FormField>
                <Box variant="small" color="text-body-secondary">
                  {text.login.create} <code>{text.login.command}</code>
                </Box>
              </SpaceBetween>
            </Form>
          </Container>
        </form>
      </div>
    </main>
  );
}
