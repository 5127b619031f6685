import Box from "@cloudscape-design/components/box";
import Header from "@cloudscape-design/components/header";
import Table from "@cloudscape-design/components/table";

import type { Finding, RemoteIpDetails } from "../../api/shapes";
import { text } from "../../strings";
import { addressOf, pointOf, remotesOf } from "../../values/places";
import { PlacesMap } from "../PlacesMap";
import { Value } from "../Value";
import { Shown } from "../Shown";

const say = text.finding;

const isKnown = (one: RemoteIpDetails) =>
  one.country !== undefined || one.city !== undefined || one.organization !== undefined || one.geoLocation !== undefined;

/** Where the remote addresses are, as far as the user's own databases say; nothing of findings that have none. */
export function Where({ finding }: { finding: Finding }) {
  const remotes = remotesOf(finding);
  if (remotes.length === 0) return null;
  return (
    <section>
      <Header variant="h3">{say.where}</Header>
      {remotes.some(isKnown)
        ? (
          <>
            <PlacesMap points={remotes.map((one) => pointOf(one.geoLocation?.lat, one.geoLocation?.lon, addressOf(one)))} />
            <Table
              variant="embedded" contentDensity="compact" wrapLines items={remotes} ariaLabels={{ tableLabel: say.where }}
              columnDefinitions={[
                { id: "ip", header: text.part.ipAddress, isRowHeader: true, minWidth: 140,
                  cell: (one) => <Value value={addressOf(one)} entity="ip" /> },
                { id: "country", header: text.part.country, minWidth: 130,
                  cell: (one) => <Shown value={one.country?.countryName ?? one.country?.countryCode ?? text.unknown} /> },
                { id: "city", header: text.part.city, minWidth: 120,
                  cell: (one) => <Shown value={one.city?.cityName ?? text.unknown} /> },
                { id: "asn", header: text.part.asn, minWidth: 90,
                  cell: (one) => <Shown value={one.organization?.asn ?? text.unknown} /> },
                { id: "network", header: text.part.network, minWidth: 160, cell: (one) => (
                  <Shown value={one.organization?.asnOrg ?? one.organization?.org ?? one.organization?.isp ?? text.unknown} />) },
              ]}
            />
          </>
        )
        : <Box color="text-body-secondary">{say.noGeo}</Box>}
    </section>
  );
}
