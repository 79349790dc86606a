using System.Diagnostics;
using System.Text;
using LeanTune.ChatTemplates;
using LeanTune.ChatTemplates.Jinja.Runtime;
using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.Tests.ChatTemplates;

/// <summary>Templates that mean harm, or have no end, stop soon with a clear error.</summary>
public sealed class HostileTemplateTests
{
    private const int Deep = 100_000;
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(20); // about one on a quiet machine

    public static TheoryData<string> Endless =>
    [
        "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{% macro f(n) %}{{ f(n + 1) ~ f(n + 1) }}{% endmacro %}{{ f(0) }}",
        "{% macro f() %}{% call f() %}{{ caller() }}{% endcall %}{% endmacro %}{% call f() %}x{% endcall %}",
        "{% for x in [[1]] recursive %}{{ loop([[1]]) }}{% endfor %}",
        "{% set ns = namespace(s='xxxxxxxxxxxxxxxx') %}{% for i in range(100) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}{{ ns.s }}",
        "{% set ns = namespace(s='x') %}{% for i in range(100) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
        "{% set ns = namespace(s='x') %}{% for i in range(100) %}{% set ns.s = ns.s.replace('x', 'xx') %}{% endfor %}",
        "{% set ns = namespace(s='ab') %}{% for i in range(100) %}{% set ns.s = ns.s | join(ns.s) %}{% endfor %}",
        "{% set ns = namespace(l=[1]) %}{% for i in range(100) %}{% set ns.l = ns.l + ns.l %}{% endfor %}",
        "{% set ns = namespace(l=[1]) %}{% for i in range(100) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l }}",
        "{% set ns = namespace(l=[1]) %}{% for i in range(100) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l | tojson }}",
        "{% set ns = namespace(l=[1]) %}{% for i in range(100) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l | tojson(indent=4) }}",
        "{% set ns = namespace(a=[1], b=[1]) %}{% for i in range(100) %}{% set ns.a = [ns.a, ns.a] %}{% set ns.b = [ns.b, ns.b] %}{% endfor %}{{ ns.a == ns.b }}",
        "{% set ns = namespace(a=(1, 2)) %}{% for i in range(100) %}{% set ns.a = (ns.a, ns.a) %}{% endfor %}{{ {ns.a: 1} }}",
        "{% set ns = namespace(l=[]) %}{% for i in range(100000) %}{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l }}",
        "{% set ns = namespace(l=[]) %}{% for i in range(100000) %}{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l | tojson }}",
        "{% set ns = namespace(n=2) %}{% for i in range(100) %}{% set ns.n = ns.n * ns.n %}{% endfor %}{{ ns.n }}",
        "{% for i in range(100000) %}{{ range(100000) | list | sort | length }}{% endfor %}",
        "{% set r = range(100000) | list %}{% for i in r %}{% if -1 in r %}x{% endif %}{% endfor %}",
        "{% set r = range(100000) | list %}{% for i in r %}{{ r.index(99999) }}{% endfor %}",
        "{% set s = 'x' * 1000000 %}{% for i in range(100000) %}{% set t = s.upper() %}{% endfor %}",
        "{% set s = 'x' * 1000000 %}{% for i in range(100000) %}{{ s.find('y') }}{% endfor %}",
        "{% for i in range(100000) %}{{ 'x' * 100000 }}{% endfor %}",
        "{{ 'x' * 1000000000000 }}", "{{ [1] * 1000000000000 }}", "{{ 1000000000000 * 'x' }}", "{{ 2 ** 1000000000 }}", "{{ 10 ** (10 ** 10) }}",
        "{{ 'x' | center(1000000000) }}", "{{ 'x'.ljust(1000000000) }}", "{{ 'x'.zfill(1000000000) }}", "{{ '\t'.expandtabs(1000000000) * 1000000 }}",
        "{{ 'a\nb' | indent(1000000000) }}", "{{ '%1000000000d' % 1 }}", "{{ '%.1000000000f' % 1.5 }}", "{{ '%*d' % (1000000000, 1) }}", "{{ '%99999999999d' % 1 }}",
        "{{ '{:1000000000}'.format(1) }}", "{{ '{:.1000000000f}'.format(1.5) }}", "{{ [1] | batch(1000000000, 'x') | list }}", "{{ [1] | slice(1000000000) | list }}",
        "{{ range(1000000000) }}", "{{ range(-9000000000000000000, 9000000000000000000) }}", "{{ range(1, 2, 0) }}", "{{ 'x'[::0] }}", "{{ 1e308 * 10 }}",
        "{{ ('1' * 100000) | int + 1 }}{{ raise_exception('not a number') }}", "{{ 1.5 | round(999999999999) }}{{ raise_exception('end') }}",
        "{{ lipsum(1000000) }}",
    ];

    public static TheoryData<string> Forbidden =>
    [
        "{{ [].__class__.__base__ }}", "{{ ''.__class__.__mro__[1].__subclasses__() }}", "{{ ''['__class__']['__mro__'] }}", "{{ (1).__class__() }}",
        "{{ x | attr('__class__') | attr('__base__') }}{{ ''.__class__.x }}", "{{ self.__init__.__globals__ }}", "{{ range.__globals__.x }}", "{{ namespace.__init__.__globals__ }}",
        "{{ '{0.__class__.__mro__}'.format(1) }}", "{{ [''] | map(attribute='__class__.__mro__') | list }}", "{{ messages.append(1) }}", "{{ {}.update({}) }}", "{{ [].sort() }}",
        "{% set messages.x = 1 %}", "{{ cycler.__init__.x }}", "{{ raise_exception.__self__.x }}", "{% macro m() %}{% endmacro %}{{ m._func.x }}", "{{ loop.__class__ }}",
    ];

    public static TheoryData<string> Unfinished =>
    [
        "{{", "{%", "{#", "{{ x", "{% if x", "{% if x %}", "{% for x in y %}", "{% raw %}", "{% macro m() %}", "{{ 'x }}", "{{ \"x }}", "{{ (1 }}", "{{ [1 }}", "{{ {1: }}", "{{ x. }}",
        "{% generation %}", "{% set x %}", "{% filter upper %}", "{% call x() %}", "{% if x %}{% for %}{% endif %}", "{{ x | }}", "{{ x is }}", "{{ '\\x4' }}", "{{ '\\", "{{ \u0000 }}", "{{ 1__0 }}",
        "{% if x %}{% else %}{% else %}{% endif %}", "{% elif x %}", "{% include 'x' %}", "{% import 'x' as y %}", "{% extends 'x' %}", "{% block x %}{% endblock %}", "{{ 0x }}", "{{ 12345678901234567890e99999x }}",
    ];

    [Theory]
    [MemberData(nameof(Endless))]
    public void Work_without_end_is_bounded(string source) => Fails(source);

    [Theory]
    [MemberData(nameof(Forbidden))]
    public void Nothing_of_the_host_is_in_reach(string source) => Fails(source);

    [Theory]
    [MemberData(nameof(Unfinished))]
    public void What_is_not_closed_or_not_known_is_named(string source) => Fails(source).Line.ShouldBeGreaterThan(0);

    [Theory]
    [InlineData("(", "1", ")")]
    [InlineData("[", "", "]")]
    [InlineData("{1: ", "1", "}")]
    [InlineData("not ", "1", "")]
    [InlineData("-", "1", "")]
    [InlineData("", "1", " if 1 else 2")]
    [InlineData("x if x else ", "1", "")]
    [InlineData("f(", "1", ")")]
    [InlineData("x[", "1", "]")]
    public void Deep_expressions_are_refused(string open, string middle, string close) =>
        Fails("{{ " + Repeat(open, Deep / 4) + middle + Repeat(close, Deep / 4) + " }}");

    [Theory]
    [InlineData("1", " + 1")]
    [InlineData("'x'", " ~ 'x' + 'y'")]
    [InlineData("x", ".a")]
    [InlineData("x", "[0]")]
    [InlineData("x", "|upper")]
    [InlineData("x", " or x")]
    [InlineData("x", " is defined")]
    [InlineData("x", "()")]
    public void Long_chains_end_in_a_value_or_an_error(string start, string link)
    {
        try
        {
            Render("{{ " + start + Repeat(link, Deep / 2) + " }}");
        }
        catch (TemplateException error)
        {
            error.Problem.ShouldNotBeNullOrEmpty();
        }
    }

    [Theory]
    [InlineData("{% if 1 %}", "{% endif %}")]
    [InlineData("{% for x in [1] %}", "{% endfor %}")]
    [InlineData("{% filter upper %}", "{% endfilter %}")]
    [InlineData("{% macro m() %}", "{% endmacro %}")]
    public void Deep_blocks_are_refused(string open, string close) => Fails(Repeat(open, 10_000) + Repeat(close, 10_000));

    [Fact]
    public void A_template_of_a_megabyte_is_refused() => Fails(new string('x', 1 << 20)).Problem.ShouldContain("1048576 characters");

    [Fact]
    public void A_conversation_beyond_all_bounds_is_refused()
    {
        ChatTemplate template = ChatTemplate.FromText("{% for m in messages %}{{ m.content }}{% endfor %}");
        Should.Throw<TemplateException>(() => template.Render([new ChatMessage("user", new string('x', 70_000_000))])).Problem.ShouldContain("characters");
    }

    [Fact]
    public void Null_characters_and_lone_surrogates_pass_through_unharmed()
    {
        const string strange = "\0 \ud800 \udc00 \uffff";
        ChatTemplate template = ChatTemplate.FromText("{% for m in messages %}{{ m.content | trim }}{{ m.content | length }}{{ m.content[2:3] }}{% endfor %}");
        template.RenderText([new ChatMessage("user", strange)]).ShouldBe(strange + "7\ud800");
    }

    [Theory]
    [InlineData("{{ x | uper }}", "'upper'")]
    [InlineData("{{ x is definde }}", "'defined'")]
    [InlineData("{% fro x in y %}", "'for'")]
    [InlineData("{{ 'x' | trim(charz='x') }}", "'chars'")]
    [InlineData("{{ [1] | map('uper') | list }}", "'upper'")]
    public void Misspelt_names_are_answered_with_the_nearest(string source, string nearest) => Fails(source).Message.ShouldContain($"did you mean {nearest}");

    [Fact]
    public void Errors_name_template_and_line()
    {
        TemplateException error = Should.Throw<TemplateException>(() => new Template("my/template.jinja", "a\n{# b\n #}\n{% for x in [1] %}\n{{ x }}\n{{ x + \n 'a' }}{% endfor %}").Render([], TimeProvider.System));
        error.Line.ShouldBe(6);
        error.Message.ShouldBe("my/template.jinja, line 6: '+' cannot join an integer and a string");
        error = Should.Throw<TemplateException>(() => new Template("t", "a\n\n{% if x %}\n{% for y in z %}\n{% endif %}"));
        error.Line.ShouldBe(5);
        error.Problem.ShouldBe("'endif' does not fit the block 'for' of line 4; expected 'else' or 'endfor'");
    }

    private static string Repeat(string text, int count) => new StringBuilder().Insert(0, text, count).ToString();

    private static string Render(string source) => new Template("hostile", source).Render([new("x", "x"), new("messages", new ListValue([]))], TimeProvider.System);

    private static TemplateException Fails(string source)
    {
        var watch = Stopwatch.StartNew();
        TemplateException error = Should.Throw<TemplateException>(() => Render(source));
        watch.Elapsed.ShouldBeLessThan(s_longest);
        error.Problem.ShouldNotBeNullOrEmpty();
        error.Message.Length.ShouldBeLessThan(1000);
        return error;
    }
}
