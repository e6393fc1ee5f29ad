import { describe, expect, it } from "vitest";
import { ListXmlError, parseListXml } from "../../../src/source/http/list-xml.ts";

const list = (inside: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${inside}</ListBucketResult>`;

describe("A listing", () => {
  it("as S3 sends it gives its keys in order, entities decoded", () => {
    const text = list(`<Name>bucket</Name><Prefix>1/</Prefix><Marker/><KeyCount>2</KeyCount><MaxKeys>64</MaxKeys>
      <IsTruncated>false</IsTruncated>
      <Contents><Key>1/a&amp;b</Key><LastModified>2026-11-23T00:00:00.000Z</LastModified><ETag>&quot;0123&quot;</ETag>
      <Owner><ID>x</ID><DisplayName>&#x41;&#66;</DisplayName></Owner><Size>10</Size></Contents>
      <Contents><Size>1</Size><Key>1/&lt;&gt;&apos;&#x1F600;&#65;</Key></Contents>`);
    expect(parseListXml(text)).toEqual({
      keys: ["1/a&b", "1/<>'\u{1F600}A"],
      isTruncated: false,
      publishedMs: Date.UTC(2026, 10, 23),
    });
  });

  it("shows when the newest of its keys was written, if that can be read", () => {
    const listed = (...times: string[]): string =>
      list(
        `<IsTruncated>false</IsTruncated>${times.map((time, at) => `<Contents><Key>${at}</Key><LastModified>${time}</LastModified></Contents>`).join("")}`,
      );
    const day = (of: number): string => `2026-11-0${of}T00:00:00.000Z`;
    expect(parseListXml(listed(day(2), day(3), day(1))).publishedMs).toBe(Date.UTC(2026, 10, 3));
    expect(parseListXml(listed("", "5", "yesterday", day(1))).publishedMs).toBe(Date.UTC(2026, 10, 1));
    expect(parseListXml(listed("2026-99-99T00:00:00Z"))).not.toHaveProperty("publishedMs");
  });

  it("may be empty, and may say that there is more", () => {
    expect(parseListXml(list("<IsTruncated>true</IsTruncated>"))).toEqual({ keys: [], isTruncated: true });
  });

  it("takes keys only from where S3 puts them", () => {
    const text = list(
      "<IsTruncated>false</IsTruncated><Key>stray</Key><CommonPrefixes><Key>no</Key></CommonPrefixes><Contents><Key>k</Key><Owner><Key>no</Key></Owner></Contents>",
    );
    expect(parseListXml(text).keys).toEqual(["k"]);
  });

  it.each([
    ["", "no element"],
    ["not xml", "outside"],
    ["<html><body>login</body></html>", "<html>"],
    ["<Error><Code>NoSuchBucket</Code></Error>", "<Error>"],
    [list(""), "no <IsTruncated>"],
    [list("<IsTruncated>no</IsTruncated>"), "true or false"],
    [list("<IsTruncated>false</IsTruncated><IsTruncated>false</IsTruncated>"), "second <IsTruncated>"],
    [list("<IsTruncated>false</IsTruncated><Contents><Size>1</Size></Contents>"), "0 <Key>"],
    [list("<IsTruncated>false</IsTruncated><Contents><Key>a</Key><Key>b</Key></Contents>"), "2 <Key>"],
    [list("<IsTruncated>false</IsTruncated><Contents><Key>&bomb;</Key></Contents>"), "entity"],
    [list("<IsTruncated>false</IsTruncated><Contents><Key>a & b</Key></Contents>"), "entity"],
    [list("<IsTruncated>false</IsTruncated><Contents><Key>&#xD800;</Key></Contents>"), "entity"],
    [list("<IsTruncated>false</IsTruncated><Contents><Key>&#0;</Key></Contents>"), "entity"],
    [list("<IsTruncated>false</IsTruncated><!-- hidden -->"), "not an element"],
    [list("<IsTruncated>false</IsTruncated><Contents><Key><![CDATA[x]]></Key></Contents>"), "not an element"],
    [`<!DOCTYPE x [<!ENTITY a "b">]>${list("<IsTruncated>false</IsTruncated>")}`, "not an element"],
    [list("<IsTruncated>false</Istruncated>"), "closes nothing"],
    [list("<IsTruncated>false</IsTruncated>").slice(0, -5), "not an element"],
    [list("<IsTruncated>false</IsTruncated>").replace("</ListBucketResult>", ""), "ends inside"],
    [`${list("<IsTruncated>false</IsTruncated>")}<More/>`, "second root"],
    [`${list("<IsTruncated>false</IsTruncated>")}more`, "outside"],
    [list("<a><b><c><d><e><f><g><h><i/></h></g></f></e></d></c></b></a>"), "too deep"],
  ])("that is anything else is refused: %j", (text, reason) => {
    expect(() => parseListXml(text)).toThrowError(ListXmlError);
    expect(() => parseListXml(text)).toThrowError(reason);
  });

  it.each(["<a ", "&", "<", 'x="', "<a>", "&#x41;", " ", '<a b="c" '])(
    "that repeats %j to the largest size is refused as well",
    (noise) => {
      expect(() => parseListXml(list(noise.repeat(64 * 1024)))).toThrowError(ListXmlError);
    },
  );
});
