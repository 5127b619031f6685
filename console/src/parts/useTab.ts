import { useSearchParams } from "react-router";

/** The tab that the address names, the first of them where it names none; choosing one changes the address. */
export function useTab<Id extends string>(ids: readonly [Id, ...Id[]]): [Id, (id: string) => void] {
  const [params, setParams] = useSearchParams();
  const asked = params.get("tab");
  const choose = (id: string) => setParams((before) => {
    const next = new URLSearchParams(before);
    if (id === ids[0]) next.delete("tab");
    else next.set("tab", id);
    return next;
  }, { replace: true });
  return [ids.find((one) => one === asked) ?? ids[0], choose];
}
