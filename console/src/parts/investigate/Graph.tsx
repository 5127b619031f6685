import type { Profile } from "../../api/vedette";
import { text } from "../../strings";
import { graphOfProfile } from "../../values/graph";
import { visibleText } from "../../values/visible";
import EntityGraph from "../EntityGraph";
import { Empty } from "../Trouble";

const say = text.investigate;

/** What stands around an entity, each to be walked to. */
export function Graph({ profile }: { profile: Profile }) {
  if (profile.graph.nodes.length < 2) return <Empty title={say.graphEmpty} />;
  return <EntityGraph graph={graphOfProfile(profile)} label={say.graphLabel(visibleText(profile.value))} />;
}
