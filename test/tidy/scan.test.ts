// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates as texts are what is scanned.
import { describe, expect, it } from "vitest";
import { scan } from "../../scripts/tidy/scan.ts";

const code = (text: string): string[] => scan(text).map((line) => line.code.trim());
const comments = (text: string): string[] => scan(text).map((line) => line.comment);

describe("Telling code from comments", () => {
  it("takes a line comment off, but none that stands in a string, a template or an expression", () => {
    expect(code('const url = "http://a"; // Date.now')).toEqual(['const url = "";']);
    expect(comments('const url = "http://a"; // why')).toEqual(["why"]);
    expect(code("const url = `http://${host /* in */}/`; go();")).toEqual(["const url = `${host }`; go();"]);
    expect(code("const slashes = /\\/\\/[/*]+/.test(x); // no")).toEqual(["const slashes = //.test(x);"]);
    expect(comments("const half = a / 2; // one / two")).toEqual(["one / two"]);
  });

  it("follows block comments and templates over lines", () => {
    expect(comments("/**\n * One.\n * Two.\n */\nlet x;")).toEqual(["", "One.", "Two.", "", ""]);
    expect(code("`a // b\n${c(`d`, { e })} // f\n` + g; // h")).toEqual(["`", "${c(``, { e })}", "` + g;"]);
  });

  it("leaves escaped quotes inside", () => {
    expect(code('say("\\"// not a comment"); next();')).toEqual(['say(""); next();']);
  });
});
