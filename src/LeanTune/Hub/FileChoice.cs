namespace LeanTune.Hub;

/// <summary>Which files of a repository are needed.</summary>
internal abstract class FileChoice
{
    /// <summary>Chooses among the names of all files of a repository.</summary>
    /// <param name="reference">The repository, for messages.</param>
    /// <param name="names">Its files.</param>
    /// <exception cref="HubException">What is needed is not among them.</exception>
    public abstract IReadOnlyList<string> Choose(HubReference reference, IReadOnlyList<string> names);

    /// <summary>Whether the files that another program left on disk are seen to be all that is needed, although nobody knows what else the repository has.</summary>
    public abstract bool IsEnough(HubReference reference, IReadOnlyList<string> names);
}
