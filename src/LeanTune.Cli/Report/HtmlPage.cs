using System.Net;
using System.Text;
using LeanTune.Cli.Display;

namespace LeanTune.Cli.Report;

/// <summary>Builds one page that needs nothing beside it: no script, no other file, nothing from a network. It is XML as well, so that tests and tools can read it.</summary>
internal sealed class HtmlPage
{
    private const string Style = """
        :root { color-scheme: light dark; --ink: #1d2430; --soft: #5b6675; --line: #dfe3e9; --paper: #fff; --panel: #f6f7f9; --warn: #a45a00; --bad: #b3261e; --good: #1a7f4b; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e4e8ee; --soft: #9aa5b4; --line: #343b46; --paper: #15191f; --panel: #1d232b; --warn: #e0a458; --bad: #f2877f; --good: #6fcf97; } }
        * { box-sizing: border-box; }
        body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 68rem; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
        h1 { font-size: 1.5rem; margin: 0 0 .25rem; overflow-wrap: anywhere; } h2 { font-size: 1.15rem; margin: 2.25rem 0 .6rem; } .soft { color: var(--soft); } p { margin: .4rem 0; overflow-wrap: anywhere; }
        .numbers { display: grid; grid-template-columns: repeat(auto-fit, minmax(12.5rem, 1fr)); gap: .6rem; margin: 1.25rem 0; } .numbers div { background: var(--panel); border-radius: 6px; padding: .6rem .8rem; } .numbers b { display: block; font-size: 1.15rem; font-variant-numeric: tabular-nums; } .numbers span { color: var(--soft); font-size: .85rem; }
        ul.told { list-style: none; padding: 0; margin: 1rem 0; } ul.told li { padding: .5rem .75rem; border-left: 4px solid var(--warn); background: var(--panel); margin-bottom: .4rem; overflow-wrap: anywhere; white-space: pre-wrap; }
        figure { margin: 0 0 .5rem; } svg { display: block; width: 100%; height: auto; color: var(--ink); }
        .scroll { overflow-x: auto; margin-top: .6rem; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .92rem; } th, td { text-align: left; padding: .3rem 1.1rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; } th { color: var(--soft); font-weight: 600; } .num { text-align: right; white-space: nowrap; } .keep { white-space: nowrap; }
        .bad { color: var(--bad); } .good { color: var(--good); } .warn { color: var(--warn); }
        pre { background: var(--panel); border-radius: 6px; padding: .8rem 1rem; margin: .35rem 0 1.2rem; white-space: pre-wrap; overflow-wrap: anywhere; font: 13.5px/1.5 ui-monospace, monospace; } pre i { color: var(--soft); font-style: normal; }
        details summary { cursor: pointer; color: var(--soft); margin: .4rem 0; }
        """;

    private readonly StringBuilder _body = new();
    private readonly string _title;
    private int _charts;

    /// <summary>Begins a page.</summary>
    /// <param name="title">Of the window and above all.</param>
    public HtmlPage(string title)
    {
        _title = title;
        _body.Append($"<h1>{Safe(title)}</h1>\n");
    }

    /// <summary>A heading.</summary>
    public void Heading(string text) => _body.Append($"<h2>{Safe(text)}</h2>\n");

    /// <summary>A paragraph in a soft colour.</summary>
    public void Note(string text) => _body.Append($"<p class=\"soft\">{Safe(text)}</p>\n");

    /// <summary>What should be noticed.</summary>
    public void Tell(IReadOnlyList<string> messages)
    {
        if (messages.Count > 0) _body.Append($"<ul class=\"told\">\n{string.Concat(messages.Select(message => $"<li>{Safe(message)}</li>\n"))}</ul>\n");
    }

    /// <summary>Figures, each with what it is.</summary>
    public void Numbers(IEnumerable<(string Figure, string What)> numbers) =>
        _body.Append($"<div class=\"numbers\">\n{string.Concat(numbers.Select(number => $"<div><b>{Safe(number.Figure)}</b><span>{Safe(number.What)}</span></div>\n"))}</div>\n");

    /// <summary>A chart with its heading.</summary>
    public void Add(Chart chart)
    {
        Heading(chart.Title);
        _body.Append($"<figure>{ChartDrawing.Svg(chart, $"c{_charts++}")}</figure>\n");
    }

    /// <summary>A table; its first column is text, the others are numbers unless told otherwise.</summary>
    /// <param name="head">Names of the columns.</param>
    /// <param name="rows">Cells.</param>
    /// <param name="texts">Whether all columns are text.</param>
    public void Table(IReadOnlyList<string> head, IEnumerable<IReadOnlyList<HtmlCell>> rows, bool texts = false)
    {
        string Class(int column, string? more = null)
        {
            string classes = string.Join(' ', new[] { column > 0 && !texts ? "num" : null, more }.OfType<string>());
            return classes.Length == 0 ? "" : $" class=\"{classes}\"";
        }

        _body.Append("<div class=\"scroll\"><table>\n<thead><tr>");
        for (int i = 0; i < head.Count; i++) _body.Append($"<th{Class(i)}>{Safe(head[i])}</th>");
        _body.Append("</tr></thead>\n<tbody>\n");
        foreach (IReadOnlyList<HtmlCell> row in rows)
        {
            _body.Append("<tr>");
            for (int i = 0; i < row.Count; i++) _body.Append($"<td{Class(i, row[i].Class)}>{Safe(row[i].Text)}</td>");
            _body.Append("</tr>\n");
        }

        _body.Append("</tbody>\n</table></div>\n");
    }

    /// <summary>Text as it is, a softer beginning before it.</summary>
    public void Verbatim(string text, string soft = "") =>
        // A line break right behind <pre> would be dropped.
        _body.Append($"<pre>{(soft.StartsWith('\n') || (soft.Length == 0 && text.StartsWith('\n')) ? "\n" : "")}{(soft.Length > 0 ? $"<i>{Safe(soft)}</i>" : "")}{Safe(text)}</pre>\n");

    /// <summary>Long text that opens when it is asked for.</summary>
    public void Folded(string title, string text) => _body.Append($"<details><summary>{Safe(title)}</summary>\n<pre>{Safe(text)}</pre></details>\n");

    /// <inheritdoc/>
    public override string ToString() => $"""
        <!DOCTYPE html>
        <html lang="en">
        <head><meta charset="utf-8"/><meta name="viewport" content="width=device-width, initial-scale=1"/><title>{Safe(_title)}</title><style>
        {Style}
        </style></head>
        <body>
        {_body}</body>
        </html>

        """;

    private static string Safe(string text) => WebUtility.HtmlEncode(SafeText.Of(text));
}

/// <summary>A cell of a table.</summary>
/// <param name="Text">What it says.</param>
/// <param name="Class">Its colour by name: good, bad, warn, soft; null for none.</param>
internal readonly record struct HtmlCell(string Text, string? Class = null)
{
    /// <summary>A cell that stays on one line.</summary>
    public HtmlCell Keep() => this with { Class = $"{Class} keep".TrimStart() };

    /// <summary>A plain cell.</summary>
    public static implicit operator HtmlCell(string text) => new(text);
}
