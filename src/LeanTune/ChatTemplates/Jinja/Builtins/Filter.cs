using LeanTune.ChatTemplates.Jinja.Runtime;

namespace LeanTune.ChatTemplates.Jinja.Builtins;

/// <summary>What a filter does with its value, given one value for each parameter.</summary>
internal delegate object? FilterBody(RenderRun run, object? value, object?[] values);

/// <summary>What a filter does with its value and arguments as they are given.</summary>
internal delegate object? RawFilterBody(RenderRun run, object? value, in Arguments arguments);

/// <summary>A filter: value | name(arguments).</summary>
internal sealed class Filter
{
    private readonly string _title;
    private readonly Parameters? _parameters;
    private readonly FilterBody? _body;
    private readonly RawFilterBody? _rawBody;

    public Filter(string name, Parameters parameters, FilterBody body) => (Name, _title, _parameters, _body) = (name, $"the filter '{name}'", parameters, body);

    public Filter(string name, RawFilterBody body) => (Name, _title, _rawBody) = (name, $"the filter '{name}'", body);

    public string Name { get; }

    public object? Apply(RenderRun run, object? value, in Arguments arguments)
    {
        run.Budget.SpendPassing(value);
        return _rawBody is not null ? _rawBody(run, value, arguments) : _body!(run, value, _parameters!.Bind(_title, arguments));
    }
}
