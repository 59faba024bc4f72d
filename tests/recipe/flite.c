/* Speaks with Flite. Standard input: lines of voice, stretch, shift, text, with tabs between.
   Appends 16-bit samples to the file argv[1]; standard output: for each line the sample rate,
   the number of samples, and the start and end of each word in seconds. */
#include <flite/flite.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

cst_voice *register_cmu_us_slt(const char *);
cst_voice *register_cmu_us_awb(const char *);
cst_voice *register_cmu_us_rms(const char *);
cst_voice *register_cmu_us_kal16(const char *);

static const char *names[] = {"slt", "awb", "rms", "kal16"};
static cst_voice *voices[4];

static cst_voice *voice_named(const char *name) {
    for (int i = 0; i < 4; i++)
        if (!strcmp(names[i], name)) return voices[i];
    exit(2);
}

static void print_words(cst_utterance *utterance) {
    cst_item *word = relation_head(utt_relation(utterance, "Word"));
    for (; word; word = item_next(word))
        printf(" %.3f %.3f",
               ffeature_float(word, "R:SylStructure.daughter1.daughter1.R:Segment.p.end"),
               ffeature_float(word, "R:SylStructure.daughtern.daughtern.R:Segment.end"));
    printf("\n");
}

int main(int argc, char **argv) {
    static char line[65536];
    FILE *sound = argc > 1 ? fopen(argv[1], "wb") : NULL;
    if (!sound) return 1;
    flite_init();
    voices[0] = register_cmu_us_slt(NULL);
    voices[1] = register_cmu_us_awb(NULL);
    voices[2] = register_cmu_us_rms(NULL);
    voices[3] = register_cmu_us_kal16(NULL);
    while (fgets(line, sizeof line, stdin)) {
        cst_voice *voice = voice_named(strtok(line, "\t"));
        feat_set_float(voice->features, "duration_stretch", atof(strtok(NULL, "\t")));
        feat_set_float(voice->features, "f0_shift", atof(strtok(NULL, "\t")));
        cst_utterance *utterance = flite_synth_text(strtok(NULL, "\n"), voice);
        cst_wave *wave = utt_wave(utterance);
        fwrite(wave->samples, 2, wave->num_samples, sound);
        printf("%d %d", wave->sample_rate, wave->num_samples);
        print_words(utterance);
        delete_utterance(utterance);
    }
    return fclose(sound);
}
