import Autosuggest from "@cloudscape-design/components/autosuggest";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Select from "@cloudscape-design/components/select";
import { useEffect, useRef, useState } from "react";
import type { InputProps } from "@cloudscape-design/components/input";

import { ENTITY_KINDS, searchEntities, type EntityKind } from "../../api/vedette";
import { text } from "../../strings";
import { useAsk } from "../../state/asking";
import { guessKind, isHash, isKind } from "../../values/entity";
import { count } from "../../values/number";
import { visibleText } from "../../values/visible";
import { isTyping } from "../keys";

const say = text.investigate;
const WAIT = 250;

/** Finds an entity among those of findings, or takes any that is typed, with its kind. */
export function Search({ go }: { go: (kind: EntityKind, value: string) => void }) {
  const [typed, setTyped] = useState("");
  const [asked, setAsked] = useState("");
  const [kind, setKind] = useState<EntityKind | null>(null);
  const [wrong, setWrong] = useState(false);
  const box = useRef<InputProps.Ref>(null);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(typed.trim()), WAIT);
    return () => clearTimeout(timer);
  }, [typed]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "/" || isTyping(event)) return;
      event.preventDefault();
      box.current?.focus();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
  const found = useAsk(["entities", asked], (api, signal) => searchEntities(api, asked, 20, signal),
    { enabled: asked !== "", keep: true });
  const entities = asked === "" ? [] : found.data ?? [];
  const submit = () => {
    const value = typed.trim();
    const known = kind ?? entities.find((one) => one.value === value)?.kind ?? guessKind(value);
    setWrong(known === null && value !== "");
    if (known !== null && value !== "") go(known, value);
  };
  return (
    <div className="filters">
      <FormField label={say.kind}>
        <Select
          ariaLabel={say.kind} expandToViewport
          selectedOption={{ value: kind ?? "", label: kind === null ? say.anyKind : text.kind[kind] }}
          options={[{ value: "", label: say.anyKind }, ...ENTITY_KINDS.map((one) => ({ value: one, label: text.kind[one] }))]}
          onChange={({ detail }) => {
            const value = detail.selectedOption.value ?? "";
            setKind(isKind(value) ? value : null);
            setWrong(false);
          }}
        />
      </FormField>
      <div className="grow">
        <FormField label={say.search} description={say.searchHelp} errorText={!wrong ? "" : isHash(typed) ? say.noHashes : say.unknownKind} stretch>
          <Autosuggest
            ref={box} value={typed} placeholder={say.searchPlaceholder} ariaLabel={say.search} filteringType="manual"
            enteredTextLabel={(value) => `${say.go}: ${value}`} expandToViewport
            statusType={found.isFetching ? "loading" : found.isError ? "error" : "finished"}
            loadingText={text.loading} empty={say.noSuggestion}
            options={entities.map((one) => ({
              value: `${one.kind}~${one.value}`, label: visibleText(one.value),
              description: say.suggestion(text.kind[one.kind], count(one.findings)) }))}
            onChange={({ detail }) => {
              setTyped(detail.value);
              setWrong(false);
            }}
            onSelect={({ detail }) => {
              const [picked = "", ...rest] = detail.value.split("~");
              if (isKind(picked) && rest.length > 0) {
                setTyped("");
                go(picked, rest.join("~"));
              } else submit();
            }}
          />
        </FormField>
      </div>
      <Button onClick={submit}>{say.go}</Button>
    </div>
  );
}
