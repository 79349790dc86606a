using ArchUnitNET.Loader;
using LeanTune.Training;
using static ArchUnitNET.Fluent.ArchRuleDefinition;

namespace LeanTune.Tests.Architecture;

/// <summary>Dependencies between the folders of the library point one way: down.</summary>
public class DependencyTests
{
    private static readonly System.Reflection.Assembly s_library = typeof(FineTuner).Assembly;
    private static readonly Lazy<ArchUnitNET.Domain.Architecture> s_code = new(() => new ArchLoader().LoadAssemblies(s_library).Build());

    public static TheoryData<string> Folders => [.. FoldersOfTheLibrary()];

    [Fact]
    public void Every_folder_of_the_library_has_one_level()
    {
        string[] levelled = [.. Layers.Levels.SelectMany(level => level)];
        levelled.ShouldBeUnique();
        FoldersOfTheLibrary().Except(levelled).ShouldBeEmpty();
        Layers.Neighbours.SelectMany(pair => new[] { pair.User, pair.Used }).Except(levelled).ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void A_folder_uses_only_what_lies_below_it(string folder)
    {
        IReadOnlyList<string> forbidden = Layers.ForbiddenFor(folder);
        if (forbidden.Count > 0)
            Violations(folder, forbidden).ShouldBeEmpty();
    }

    [Fact]
    public void Activations_and_Linalg_know_tensors_and_never_models()
    {
        string[] tensors = ["Linalg", "Native", "Activations"];
        string[] others = [.. FoldersOfTheLibrary().Except(tensors)];
        Violations("Activations", others).ShouldBeEmpty();
        Violations("Linalg", [.. others, "Activations"]).ShouldBeEmpty();
    }

    [Fact]
    public void Family_files_know_blocks_and_configurations_alone()
    {
        string[] others = [.. FoldersOfTheLibrary().Except(["Models", "Checkpoints"])]; // Checkpoints for its exception
        Violations(@"Models\.Families", others).ShouldBeEmpty();
    }

    [Fact]
    public void Neighbours_are_listed_only_while_they_are_used() =>
        Layers.Neighbours.Where(pair => Violations(pair.User, [pair.Used]).Count == 0).ShouldBeEmpty();

    [Theory]
    [InlineData("Models", "Native")] // calls inside methods
    [InlineData("Training", "Data")] // types of properties
    [InlineData("Activations", "Linalg")] // both
    public void A_forbidden_reference_would_be_noticed(string user, string used) =>
        Violations(user, [used]).ShouldNotBeEmpty();

    [Fact]
    public void The_library_leaves_libtorch_and_the_terminal_to_its_users()
    {
        string[] wanted = ["TorchSharp", "Microsoft.Extensions.Logging.Abstractions", "CsvHelper", "Parquet", "System."];
        s_library.GetReferencedAssemblies().Select(name => name.Name!)
            .Where(name => !wanted.Any(start => name.StartsWith(start, StringComparison.Ordinal)))
            .ShouldBeEmpty();
    }

    private static string[] FoldersOfTheLibrary() =>
    [
        .. Directory.GetDirectories(Path.Combine(Repository.Root, "src", "LeanTune")).Select(folder => Path.GetFileName(folder))
            .Where(name => name is not ("bin" or "obj")).Order(StringComparer.Ordinal),
    ];

    /// <summary>What a folder uses of folders that it must not use.</summary>
    private static IReadOnlyList<string> Violations(string user, IEnumerable<string> forbidden) =>
    [
        .. Types().That().ResideInNamespaceMatching($@"^LeanTune\.{user}(\.|$)")
            .Should().NotDependOnAny(Types().That().ResideInNamespaceMatching($@"^LeanTune\.({string.Join('|', forbidden)})(\.|$)"))
            .Evaluate(s_code.Value).Where(result => !result.Passed).Select(result => result.Description),
    ];
}
