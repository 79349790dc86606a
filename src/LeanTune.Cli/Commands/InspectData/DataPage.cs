using System.Globalization;
using System.Net;
using System.Text;
using LeanTune.Cli.Display;
using LeanTune.Data;
using LeanTune.Training;

namespace LeanTune.Cli.Commands.InspectData;

/// <summary>Shows inspected examples as one page that needs nothing beside it: no script, no other file, nothing from a network.</summary>
internal static class DataPage
{
    private const string Style = """
        :root { color-scheme: light dark; --ink: #1d2430; --soft: #5b6675; --line: #dfe3e9; --paper: #fff; --panel: #f6f7f9; --bar: #4a7fd4; --cut: #d4883a; --mark: #d3f0d6; --warn: #a45a00; --stop: #b3261e; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e4e8ee; --soft: #9aa5b4; --line: #343b46; --paper: #15191f; --panel: #1d232b; --bar: #6c9be8; --cut: #dd9a55; --mark: #1f5130; --warn: #e0a458; --stop: #f2877f; } }
        * { box-sizing: border-box; }
        body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 68rem; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
        h1 { font-size: 1.5rem; margin: 0 0 .25rem; overflow-wrap: anywhere; } h2 { font-size: 1.15rem; margin: 2.25rem 0 .75rem; }
        .soft { color: var(--soft); } ul.told { list-style: none; padding: 0; margin: 1.25rem 0; } ul.told li { padding: .5rem .75rem; border-left: 4px solid var(--line); background: var(--panel); margin-bottom: .4rem; overflow-wrap: anywhere; white-space: pre-wrap; }
        ul.told .warning { border-color: var(--warn); } ul.told .stops { border-color: var(--stop); } ul.told b { margin-right: .5rem; }
        .numbers { display: grid; grid-template-columns: repeat(auto-fit, minmax(10rem, 1fr)); gap: .6rem; } .numbers div { background: var(--panel); border-radius: 6px; padding: .6rem .8rem; } .numbers b { display: block; font-size: 1.2rem; font-variant-numeric: tabular-nums; } .numbers span { color: var(--soft); font-size: .85rem; }
        table.lengths { border-collapse: collapse; width: 100%; margin: 1rem 0 1.75rem; font-variant-numeric: tabular-nums; font-size: .9rem; } table.lengths caption { text-align: left; color: var(--soft); padding-bottom: .3rem; } table.lengths td { padding: 1px 0; } table.lengths td:first-child, table.lengths td:nth-child(2) { width: 1%; white-space: nowrap; text-align: right; padding-right: .8rem; color: var(--soft); } .bar { height: .95rem; background: var(--bar); border-radius: 2px; min-width: 2px; } .bar.none { min-width: 0; } .bar.beyond { background: var(--cut); }
        pre { background: var(--panel); border-radius: 6px; padding: .9rem 1rem; margin: .35rem 0 1.4rem; white-space: pre-wrap; overflow-wrap: anywhere; font: 14px/1.55 ui-monospace, monospace; } mark { background: var(--mark); color: inherit; border-radius: 2px; box-decoration-break: clone; -webkit-box-decoration-break: clone; }
        .place { margin: 0; overflow-wrap: anywhere; }
        """;

    /// <summary>The page.</summary>
    /// <param name="title">What was looked at.</param>
    /// <param name="data">What was found.</param>
    public static string Of(string title, DataInspection data)
    {
        StringBuilder page = new();
        page.Append(CultureInfo.InvariantCulture, $"""
            <!DOCTYPE html>
            <html lang="en">
            <head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{Safe(title)}</title><style>
            {Style}
            </style></head>
            <body>
            <h1>{Safe(title)}</h1>
            <p class="soft">As the model sees it; at most {data.MaxLength} tokens an example.</p>
            <ul class="told">

            """);
        if (data.Findings.Count + data.Notices.Count == 0)
            page.Append("<li>Nothing to warn of.</li>\n");
        foreach (DataFinding finding in data.Findings)
            page.Append(finding.Stops ? "<li class=\"stops\"><b>Stops</b>" : "<li class=\"warning\"><b>Warning</b>").Append(Safe(finding.Message)).Append("</li>\n");
        foreach (string notice in data.Notices)
            page.Append("<li><b>Note</b>").Append(Safe(notice)).Append("</li>\n");
        page.Append("</ul>\n");
        AddSet(page, "Training examples", data.Train, data.MaxLength);
        page.Append("<div class=\"numbers\">\n");
        AddBatches(page, "in batches", data.Batches);
        if (data.Packed is { } packed)
            AddBatches(page, "packed (data.packing)", packed);
        page.Append("</div>\n");
        if (data.Held is { } held)
            AddSet(page, "Held-out examples", held, data.MaxLength);
        return page.Append("</body>\n</html>\n").ToString();
    }

    private static void AddSet(StringBuilder page, string title, SetInspection set, int maxLength)
    {
        DatasetCounts counts = set.Counts;
        page.Append(CultureInfo.InvariantCulture, $"""
            <h2>{title}</h2>
            <div class="numbers">
            <div><b>{Units.Count(counts.Read - counts.Dropped)}</b><span>examples</span></div>
            <div><b>{Units.Count(counts.Truncated)}</b><span>cut</span></div>
            <div><b>{Units.Count(counts.Dropped)}</b><span>dropped</span></div>
            <div><b>{Units.Count(counts.Tokens)}</b><span>tokens</span></div>
            <div><b>{Units.Percent(counts.SupervisedTokens / (double)Math.Max(1, counts.Tokens))}</b><span>trained</span></div>
            <div><b>{set.LengthAt(0.5)} / {set.LengthAt(0.9)} / {set.LengthAt(1)}</b><span>length: half, 90 %, all at most</span></div>
            </div>
            <table class="lengths"><caption>Examples by length in tokens, before they are cut</caption>

            """);
        IReadOnlyList<LengthRange> ranges = LengthHistogram.Of(set.Lengths);
        int most = ranges.Max(range => range.Count);
        foreach (LengthRange range in ranges)
            page.Append(CultureInfo.InvariantCulture,
                $"<tr><td>{range.From} – {range.To}</td><td>{Units.Count(range.Count)}</td><td><div class=\"bar{(range.Count == 0 ? " none" : "")}{(range.From > maxLength ? " beyond" : "")}\" style=\"width:{100.0 * range.Count / most:0.##}%\"></div></td></tr>\n");
        page.Append("</table>\n");
        foreach (ShownExample example in set.Examples)
        {
            string cut = example.FullTokens > example.Tokens ? $", cut from {example.FullTokens}" : "";
            page.Append(CultureInfo.InvariantCulture, $"<p class=\"place\"><b>{Safe(example.Place.ToString())}</b> <span class=\"soft\">{example.Tokens} tokens{cut}, {example.SupervisedTokens} trained</span></p>\n<pre>");
            // A line break right behind <pre> would be dropped.
            if (example.Pieces is [{ Trained: false } first, ..] && first.Text.StartsWith('\n'))
                page.Append('\n');
            foreach (ShownPiece piece in example.Pieces)
                page.Append(piece.Trained ? $"<mark>{Safe(piece.Text)}</mark>" : Safe(piece.Text));
            page.Append("</pre>\n");
        }
    }

    private static void AddBatches(StringBuilder page, string what, BatchInspection of) =>
        page.Append(CultureInfo.InvariantCulture, $"<div><b>{Units.Percent(of.PaddingShare)}</b><span>padding of {Units.Count(of.PaddedTokens)} tokens {what}</span></div>\n");

    private static string Safe(string text) => WebUtility.HtmlEncode(SafeText.Of(text));
}
