using LeanTune.Tokenization.AddedTokens;
using LeanTune.Tokenization.Files;
using LeanTune.Tokenization.Models;
using LeanTune.Tokenization.PostProcessors;
using LeanTune.Tokenization.PreTokenizers;
using LeanTune.Tokenization.Text;

namespace LeanTune.Tokenization;

/// <summary>
/// A model's tokenizer, as its tokenizer.json describes it: added tokens are cut out of the text, the rest is normalized, split into pieces, and each piece
/// turned into ids, around which the post-processor puts special tokens; decoding goes the other way.
/// </summary>
/// <remarks>Immutable and safe for concurrent use. The file's <c>truncation</c> and <c>padding</c> are left to the caller. Ids equal those of Hugging Face's tokenizers.</remarks>
public sealed class Tokenizer
{
    private readonly AddedVocabulary _added;
    private readonly PreTokenizer _preTokenizer;
    private readonly TokenModel _model;
    private readonly PostProcessor _postProcessor;
    private readonly Decoders.Decoder _decoder;

    private Tokenizer(ModelFolder folder, IReadOnlyList<string> newTokens, ModelFolder? bringing)
    {
        JsonNode file = folder.Tokenizer;
        _model = ModelReader.Read(file.Required("model"));
        Dictionary<int, AddedToken> tokens = folder.ReadAddedTokens(_model.Vocabulary);
        OwnVocabularySize = Math.Max(_model.Vocabulary.Size, tokens.Keys.DefaultIfEmpty(-1).Max() + 1);
        TokenAdditions additions = new(tokens, _model.Vocabulary, folder.TokenizerPath);
        if (bringing is not null)
            additions.TakeOver(bringing.ReadAddedTokens(_model.Vocabulary).Values, bringing.TokenizerPath);
        additions.AddNew(newTokens);
        (Additions, NewTokens) = (additions.All, additions.New);
        _added = new AddedVocabulary(tokens.Values, NormalizerReader.Read(file["normalizer"]));
        _preTokenizer = PreTokenizerReader.Read(file["pre_tokenizer"]);
        _postProcessor = PostProcessorReader.Read(file["post_processor"], _model.Vocabulary, id => IdToToken(id) is not null);
        _decoder = DecoderReader.Read(file["decoder"]);
        VocabularySize = Math.Max(_model.Vocabulary.Size, tokens.Keys.DefaultIfEmpty(-1).Max() + 1);
        Special = new SpecialTokensReader(folder, TokenToId, IdToToken).Read();
        ChatTemplate = folder.ReadChatTemplate();
    }

    /// <summary>Highest id + 1, added tokens included.</summary>
    public int VocabularySize { get; }

    /// <summary><see cref="VocabularySize"/> of the files alone, without <see cref="NewTokens"/> and what an adapter brings.</summary>
    public int OwnVocabularySize { get; }

    /// <summary>The tokens that were asked for on loading and that the vocabulary did not have, with the ids that they got.</summary>
    public IReadOnlyList<SpecialToken> NewTokens { get; }

    /// <summary>All that is cut out of texts beyond what the files say: of an adapter, and new.</summary>
    internal IReadOnlyList<AddedToken> Additions { get; }

    /// <summary>The special tokens that the files name, and the one set of tokens that end generation.</summary>
    public SpecialTokens Special { get; }

    /// <summary>The chat template's text, or null when the model has none.</summary>
    public string? ChatTemplate { get; }

    /// <summary>Reads a tokenizer.</summary>
    /// <param name="folderOrFile">A folder with tokenizer.json, or such a file under any name; tokenizer_config.json, special_tokens_map.json, generation_config.json,
    /// config.json and chat_template.jinja beside it are read where present.</param>
    /// <exception cref="FileNotFoundException">There is no such folder or file.</exception>
    /// <exception cref="TokenizerFormatException">A file is broken, or asks for what this engine does not know; the message names the file and the JSON path.</exception>
    public static Tokenizer Load(string folderOrFile) => Load(folderOrFile, []);

    /// <summary>Reads a tokenizer and adds special tokens to it.</summary>
    /// <param name="folderOrFile">As for <see cref="Load(string)"/>.</param>
    /// <param name="newTokens">Their texts. One that the vocabulary has keeps its id; others get ids from <see cref="OwnVocabularySize"/> on.</param>
    /// <param name="broughtBy">A folder whose tokenizer.json is this one's with more added tokens, such as an adapter's: they come first, with their ids. Null for none.</param>
    /// <exception cref="FileNotFoundException">There is no such folder or file.</exception>
    /// <exception cref="TokenizerFormatException">As for <see cref="Load(string)"/>; or the other tokenizer contradicts this one; or the vocabulary's ids have gaps, which takes no new tokens.</exception>
    public static Tokenizer Load(string folderOrFile, IReadOnlyList<string> newTokens, string? broughtBy = null)
    {
        ArgumentNullException.ThrowIfNull(newTokens);
        return new(new ModelFolder(folderOrFile), newTokens, broughtBy is null ? null : new ModelFolder(broughtBy));
    }

    /// <summary>Turns a text into ids.</summary>
    /// <param name="text">Any text; unpaired surrogates count as U+FFFD.</param>
    /// <param name="addSpecialTokens">Whether the post-processor adds its special tokens. Special tokens that are written in the text become their ids in any case.</param>
    /// <exception cref="TokenizerFormatException">A pattern of the file runs away on this text, or the text needs an unknown token that the file does not have.</exception>
    public TokenizedText Encode(string text, bool addSpecialTokens = true) => Finish([EncodeSequence(text, 0)], addSpecialTokens);

    /// <summary>Turns a pair of texts into ids, as for questions with contexts.</summary>
    /// <param name="first">The first text.</param>
    /// <param name="second">The second text; its offsets count from its own start.</param>
    /// <param name="addSpecialTokens">Whether the post-processor adds its special tokens.</param>
    /// <exception cref="TokenizerFormatException">As for <see cref="Encode"/>.</exception>
    public TokenizedText EncodePair(string first, string second, bool addSpecialTokens = true) =>
        Finish([EncodeSequence(first, 0), EncodeSequence(second, 1)], addSpecialTokens);

    /// <summary>Turns a text into ids alone, the fast way.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="addSpecialTokens">Whether the post-processor adds its special tokens.</param>
    /// <exception cref="TokenizerFormatException">As for <see cref="Encode"/>.</exception>
    public int[] EncodeIds(string text, bool addSpecialTokens = false) =>
        addSpecialTokens ? Encode(text).Ids : Run(text, withOffsets: false).Ids.ToArray();

    /// <summary>Turns ids back into text.</summary>
    /// <param name="ids">The ids; those of no token are left out.</param>
    /// <param name="skipSpecialTokens">Whether special tokens are left out.</param>
    public string Decode(IReadOnlyList<int> ids, bool skipSpecialTokens = false)
    {
        ArgumentNullException.ThrowIfNull(ids);
        StreamingDecoder stream = CreateStreamingDecoder(skipSpecialTokens);
        System.Text.StringBuilder text = new();
        foreach (int id in ids)
            text.Append(stream.Push(id));
        return text.Append(stream.Flush()).ToString();
    }

    /// <summary>Starts decoding tokens one by one.</summary>
    /// <param name="skipSpecialTokens">Whether special tokens are left out.</param>
    public StreamingDecoder CreateStreamingDecoder(bool skipSpecialTokens = true) =>
        new(id => skipSpecialTokens && _added.Find(id) is { IsSpecial: true } ? null : IdToToken(id), _decoder);

    /// <summary>Id of a token's text as it stands in the vocabulary (byte letters and all), or null.</summary>
    public int? TokenToId(string token) => _added.IdOf(token) ?? _model.Vocabulary.IdOf(token);

    /// <summary>Text of a token as it stands in the vocabulary, or null when no token has the id.</summary>
    public string? IdToToken(int id) => _added.Find(id)?.Content ?? _model.Vocabulary.TokenOf(id);

    private TokenizedText Finish(EncodedSequence[] sequences, bool addSpecialTokens) =>
        EncodedSequence.Join(_postProcessor.Process(sequences, addSpecialTokens));

    private EncodedSequence EncodeSequence(string text, int typeId)
    {
        TokenBuffer buffer = Run(text, withOffsets: true);
        return new EncodedSequence(buffer.Ids.ToArray(), buffer.Offsets.ToArray(), [], IsAdded: false, buffer.AddedTokenBlanks).WithType(typeId);
    }

    private TokenBuffer Run(string text, bool withOffsets)
    {
        ArgumentNullException.ThrowIfNull(text);
        TokenBuffer output = new(withOffsets);
        _added.Cut(AlignedText.From(text), output, new Splitter(_preTokenizer, new ModelSink(_model, output)));
        return output;
    }

    private sealed class Splitter(PreTokenizer preTokenizer, IPieceSink next) : IPieceSink
    {
        public void Accept(in Piece piece) => preTokenizer.Split(piece, next);
    }

    private sealed class ModelSink(TokenModel model, TokenBuffer output) : IPieceSink
    {
        public void Accept(in Piece piece) => model.Tokenize(piece, output);
    }
}
