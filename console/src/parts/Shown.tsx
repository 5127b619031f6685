import { useState } from "react";

import { text } from "../strings";
import { bytes } from "../values/number";
import { visible } from "../values/visible";

const FIRST = 600;

/** Text of a log: never anything but text, what cannot be seen is named, what is long is cut until asked for. */
export function Shown({ value, first = FIRST }: { value: string; first?: number }) {
  const [whole, setWhole] = useState(false);
  const long = value.length > first;
  const pieces = visible(long && !whole ? value.slice(0, first) : value);
  return (
    <bdi className="shown">
      {pieces.map((piece, place) =>
        piece.hidden
          ? <span key={place} className="hidden-character" title={text.value.hidden(piece.text)}>{piece.text}</span>
          : piece.text)}
      {long && (
        <>
          {whole ? " " : "\u2026 "}
          <button type="button" className="plain-link" onClick={() => setWhole(!whole)}>
            {whole ? text.value.less : text.value.more(bytes(value.length))}
          </button>
        </>
      )}
    </bdi>
  );
}
