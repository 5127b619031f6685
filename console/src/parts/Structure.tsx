import { Shown } from "./Shown";

/** Any answer of the API as nested lists: names and values, nothing interpreted. */
export function Structure({ value }: { value: unknown }) {
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) {
    return <ul>{value.map((one: unknown, at) => <li key={at}><Structure value={one} /></li>)}</ul>;
  }
  if (typeof value === "object") {
    return (
      <dl className="structure">
        {Object.entries(value as Record<string, unknown>).filter(([, inner]) => !isEmpty(inner)).map(([name, inner]) => (
          <div key={name}><dt>{words(name)}</dt><dd><Structure value={inner} /></dd></div>
        ))}
      </dl>
    );
  }
  return <Shown value={typeof value === "string" ? value : JSON.stringify(value)} first={4000} />;
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0);
}

/** keyObservations → Key observations */
function words(name: string): string {
  const spaced = name.replace(/([a-z\d])([A-Z])/g, "$1 $2").toLowerCase();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}
