package store

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store/codec"
)

// Model features: the order is the place in the feature vector. Never reorder.
var features = map[mango.Kind]string{
	mango.Leaf: `dark_spots_brown dark_spots_with_yellow_halo concentric_rings_on_lesion black_specks_in_lesion
		pink_spore_masses lesions_enlarge_rapidly spots_with_irregular_border twig_dieback_from_tip canker_lesions_on_twig
		bark_cracking wilting_shoot_tips sparse_foliage white_powder_coating leaf_distortion premature_leaf_drop
		black_sooty_coating sooty_deposit_wiped_off yellow_discoloration brown_leaf_margins brown_leaf_tips
		water_soaked_lesions leaf_curling`,
	mango.Fruit: `black_sunken_lesions brown_patches_spreading surface_cracks_radiating pink_spore_masses_on_lesion
		lesion_ring_pattern soft_rot_spreading stem_end_rot shriveling_of_fruit premature_fruit_drop
		white_powder_on_fruit black_sooty_deposit_on_fruit fruit_discoloration`,
}

// prompts are what growers are shown, one line a disease and part: name, part,
// then key=label, in order.
var prompts = []string{
	`Anthracnose|leaf|dark_spots_brown=Brown to black spots|dark_spots_with_yellow_halo=Dark spots with a yellow ring|pink_spore_masses=Pinkish slime on the spots in wet weather|yellow_discoloration=Yellowing around the spots|premature_leaf_drop=Leaves fall early|black_specks_in_lesion=Tiny black dots inside the spots|lesions_enlarge_rapidly=Spots grow and run together quickly`,
	`Anthracnose|fruit|black_sunken_lesions=Black, sunken spots on the skin|pink_spore_masses_on_lesion=Pinkish slime on the spots|premature_fruit_drop=Young fruit falls early|brown_patches_spreading=Brown patches that spread|soft_rot_spreading=Soft rot under the skin|surface_cracks_radiating=Cracks running out from the spots`,
	`Bacterial Canker|leaf|water_soaked_lesions=Wet-looking spots between the veins|water_soaked_lesions=Angular spots with a greasy shine|water_soaked_lesions=Raised, dark spots with a wet edge|brown_leaf_margins=Brown leaf edges|brown_leaf_tips=Brown leaf tips|premature_leaf_drop=Leaves fall early`,
	`Bacterial Canker|fruit|canker_branch_dieback=Branches die back|canker_tip_progression=Damage moves from the tip inwards|canker_plant_stress=The whole tree looks weak|canker_gummosis=Gum oozes from bark or fruit|canker_reduced_fruit_set=Few fruits have set`,
	`Cutting Weevil|leaf|brown_leaf_tips=Brown tips on what is left of the leaf|yellow_discoloration=Yellow young leaves|leaf_curling=Curled young leaves|premature_leaf_drop=Leaf pieces lie under the tree|weevil_cut_petioles=Leaves cut straight across near the stalk|weevil_ragged_flush=New shoots look ragged or bare`,
	`Cutting Weevil|fruit|weevil_entry_holes=Small holes in shoots or fruit|weevil_shoot_wilt=Shoots wilt|weevil_insect_present=Small beetles with a snout are seen|weevil_growing_tips=Growing tips are damaged|weevil_frass=Fine droppings or dust near the holes`,
	`Die Back|leaf|brown_leaf_tips=Leaves brown from the tip|yellow_discoloration=Yellowing leaves|leaf_curling=Leaves curl and dry on the twig|premature_leaf_drop=Leaves fall early|twig_dieback_from_tip=Twigs die from the tip backwards|sparse_foliage=Few leaves on the branch|wilting_shoot_tips=Shoot tips wilt`,
	`Die Back|fruit|twig_dieback_from_tip=Fruit-bearing twigs die from the tip|brown_leaf_tips=Brown tips on leaves near the fruit|bark_cracking=Cracked bark|bark_cracking=Gum oozes from the bark|canker_lesions_on_twig=Sunken, dark patches on twigs|fruit_discoloration=Fruit looks dull or discoloured`,
	`Gall Midge|leaf|gall_leaf_bumps=Small bumps on the leaf|leaf_distortion=Twisted or crinkled leaves|yellow_discoloration=Yellow rings around the bumps|gall_stunted_leaf=Leaves stay small|gall_leaf_blisters=Blisters on the leaf blade|premature_leaf_drop=Leaves fall early`,
	`Gall Midge|fruit|gall_bumps_shoots=Bumps on shoots or flower stalks|leaf_distortion=Twisted leaves near the fruit|gall_maggots=Tiny maggots inside the bumps|gall_midge_present=Tiny flies around new growth|wilting_shoot_tips=Shoot tips wilt`,
	`Healthy|leaf|healthy_leaf_colour=Even green colour|healthy_leaf_surface=Smooth, clean surface|healthy_leaf_size=Normal size and shape|healthy_no_lesions=No spots or holes|healthy_flush_colour=New leaves coppery or light green|healthy_leaf_firm=Leaves feel firm`,
	`Healthy|fruit|healthy_fruit_development=Fruit grows normally|healthy_fruit_colour=Even skin colour|healthy_fruit_texture=Firm, smooth skin|healthy_no_blemishes=No spots, cracks or rot|healthy_fruit_retention=Fruit stays on the tree`,
	`Powdery Mildew|leaf|white_powder_coating=White powder on the upper side|white_powder_coating=White powder on the under side|white_powder_coating=Powder that can be rubbed off|yellow_discoloration=Yellow patches under the powder|leaf_distortion=Twisted young leaves|premature_leaf_drop=Leaves fall early|brown_leaf_margins=Brown leaf edges`,
	`Powdery Mildew|fruit|white_powder_on_fruit=White powder on young fruit|white_powder_on_fruit=White powder on the flower stalks|fruit_discoloration=Greyish or purple skin|fruit_discoloration=Rough, corky skin|shriveling_of_fruit=Fruit shrivels|premature_fruit_drop=Young fruit falls early`,
	`Sooty Mold|leaf|black_sooty_coating=Black film on the leaf|black_sooty_coating=Soot-like dust in patches|black_sooty_coating=Black film along the veins|black_sooty_coating=Whole leaf covered in black|sooty_deposit_wiped_off=The black can be wiped off|sooty_deposit_wiped_off=Sticky drops under the black|yellow_discoloration=Yellowing under the film`,
	`Sooty Mold|fruit|black_sooty_deposit_on_fruit=Black film on the fruit|black_sooty_deposit_on_fruit=Black dust around the stalk|black_sooty_deposit_on_fruit=Black streaks where drops ran|sooty_deposit_wiped_off=The black can be wiped off|fruit_discoloration=Dull or uneven skin colour`,
	`Alternaria|fruit|small_dark_spots=Small, round, dark spots|yellow_halo_around_lesion=Yellow ring around the spots|internal_black_discoloration=Black flesh under the spot|sunken_lesions_fruit=Spots sink in|lesions_coalesce=Spots run together|dark_spores_on_lesion=Dark, velvety growth on the spots|premature_fruit_drop=Fruit falls early`,
	`Stem end Rot|fruit|stem_end_browning=Brown ring around the stalk|rot_spreads_downward=Rot moves down from the stalk|water_soaked_near_stalk=Wet-looking skin near the stalk|internal_pulp_browning=Brown flesh inside|white_mycelium_stem=White threads at the stalk|fruit_shriveling_stem=Fruit shrivels at the stalk|skin_darkening=Skin darkens`,
	`Black Mold Rot|fruit|black_powdery_mold=Black, powdery mould|black_spore_masses=Masses of black dust|soft_mushy_texture=Soft, mushy flesh|starts_at_wounds=It starts at a wound|white_mycelium_beneath=White threads under the black|rapid_lesion_expansion=The spot grows fast|musty_odor=Musty smell`,
	mango.FallbackDisease + `|leaf|obs_discolouration=Odd colour or spots|obs_texture=A change of texture or firmness|obs_growth=Abnormal growth|obs_environment=Something around the tree has changed`,
	mango.FallbackDisease + `|fruit|obs_discolouration=Odd colour or spots|obs_texture=A change of texture or firmness|obs_growth=Abnormal growth|obs_environment=Something around the tree has changed`,
}

// loose leads words of growers and textbooks to a key.
var loose = []string{
	`dark_spots_brown: dark_spots black_spots brown_spots leaf_spots necrotic_spots necrosis spotting`,
	`dark_spots_with_yellow_halo: yellow_halo halo_spots spots_with_halo haloed_spots`,
	`concentric_rings_on_lesion: concentric_rings target_spots ring_spots`,
	`black_specks_in_lesion: acervuli dark_specks black_dots`,
	`pink_spore_masses: pink_spores salmon_spores pink_slime`,
	`lesions_enlarge_rapidly: spreading_spots enlarging_lesions fast_spreading_spots`,
	`spots_with_irregular_border: irregular_spots irregular_lesions blotches`,
	`twig_dieback_from_tip: dieback die_back twig_blight tip_dieback dying_twigs`,
	`canker_lesions_on_twig: canker cankers twig_canker stem_canker`,
	`bark_cracking: gummosis bark_splitting cracked_bark gum_oozing`,
	`wilting_shoot_tips: wilting wilted_shoots drooping_tips`,
	`sparse_foliage: thin_canopy few_leaves bare_branches`,
	`white_powder_coating: oidium powdery_growth white_mycelium white_powder powdery_mildew`,
	`leaf_distortion: distorted_leaves twisted_leaves crinkled_leaves malformed_leaves`,
	`premature_leaf_drop: defoliation leaf_drop leaf_fall falling_leaves`,
	`black_sooty_coating: sooty_mold sooty_mould honeydew_coating black_coating soot`,
	`sooty_deposit_wiped_off: honeydew rubs_off wipes_off sticky_leaves`,
	`yellow_discoloration: chlorosis yellowing yellow_leaves yellow_patches`,
	`brown_leaf_margins: marginal_burn brown_edges leaf_scorch`,
	`brown_leaf_tips: tip_burn brown_tips dry_tips`,
	`water_soaked_lesions: greasy_spots angular_lesions water_soaking wet_spots`,
	`leaf_curling: curled_leaves leaf_roll rolled_leaves`,
	`black_sunken_lesions: sunken_lesions circular_lesions sunken_spots`,
	`brown_patches_spreading: brown_patches spreading_patches`,
	`surface_cracks_radiating: skin_cracks cracked_fruit fruit_cracking`,
	`pink_spore_masses_on_lesion: pink_spores_on_fruit`,
	`lesion_ring_pattern: ring_pattern rings_on_fruit`,
	`soft_rot_spreading: soft_rot internal_rot mushy_fruit`,
	`stem_end_rot: crown_rot stem_rot stalk_rot`,
	`shriveling_of_fruit: mummified_fruit shrivelled_fruit shriveled_fruit`,
	`premature_fruit_drop: fruit_drop fruit_fall`,
	`white_powder_on_fruit: powdery_fruit white_fruit`,
	`black_sooty_deposit_on_fruit: sooty_fruit black_fruit_film`,
	`fruit_discoloration: skin_blemishes discoloured_fruit discolored_fruit`,
}

// seedVocabulary fills a new database.
func seedVocabulary(tx *bbolt.Tx, now time.Time) error {
	v, err := seed(now)
	if err != nil {
		return err
	}
	return cmp.Or(
		seedRows(tx, bucketSymptoms, v.Symptoms, codec.EncodeSymptom, func(e *mango.SymptomEntry) uint64 { return e.ID }),
		seedRows(tx, bucketAliases, v.Aliases, codec.EncodeAlias, func(e *mango.Alias) uint64 { return e.ID }),
		seedRows(tx, bucketDiseases, v.Diseases, codec.EncodeDisease, func(e *mango.DiseaseEntry) uint64 { return e.ID }),
		seedRows(tx, bucketLinks, v.Links, codec.EncodeLink, func(e *mango.DiseaseSymptom) uint64 { return e.ID }))
}

// seedRows writes rows and moves the bucket's sequence past their ids.
func seedRows[T any](tx *bbolt.Tx, bucket []byte, rows []T, encode func(key []byte, row *T) []byte, id func(*T) uint64) error {
	b := tx.Bucket(bucket)
	for i := range rows {
		key := codec.Key(id(&rows[i]))
		if err := b.Put(key, encode(key, &rows[i])); err != nil {
			return err
		}
		if err := b.SetSequence(max(b.Sequence(), id(&rows[i]))); err != nil {
			return err
		}
	}
	return nil
}

func seed(now time.Time) (mango.Vocabulary, error) {
	var v mango.Vocabulary
	ids := map[string]uint64{} // part + key
	symptom := func(key string, part mango.Kind, vector *int) uint64 {
		at := string(part) + " " + key
		if ids[at] == 0 {
			id := uint64(len(v.Symptoms) + 1)
			ids[at] = id
			v.Symptoms = append(v.Symptoms, mango.SymptomEntry{ID: id, Key: key, Part: part, Vector: vector,
				Vocabulary: vector != nil, CreatedAt: now.UTC().Truncate(time.Microsecond)})
		}
		return ids[at]
	}
	for _, part := range []mango.Kind{mango.Leaf, mango.Fruit} {
		for i, key := range strings.Fields(features[part]) {
			symptom(key, part, &i)
		}
	}
	for _, line := range loose {
		key, words, _ := strings.Cut(line, ": ")
		to := ids[string(mango.Leaf)+" "+key]
		if to == 0 {
			to = ids[string(mango.Fruit)+" "+key]
		}
		if to == 0 {
			return v, fmt.Errorf("cannot seed aliases: no symptom %s", key)
		}
		for _, word := range strings.Fields(words) {
			v.Aliases = append(v.Aliases, mango.Alias{ID: uint64(len(v.Aliases) + 1), Alias: word, Canonical: to, Source: "seed"})
		}
	}
	for _, line := range prompts {
		fields := strings.Split(line, "|")
		name, part := fields[0], mango.Kind(fields[1])
		d := mango.DiseaseEntry{ID: uint64(len(v.Diseases) + 1), Name: name, Part: part}
		if name != mango.FallbackDisease {
			advice := mango.AdviceFor(name)
			d.Description, d.Treatment = advice.Information, advice.Treatment
		}
		v.Diseases = append(v.Diseases, d)
		for i, entry := range fields[2:] {
			key, label, _ := strings.Cut(entry, "=")
			v.Links = append(v.Links, mango.DiseaseSymptom{ID: uint64(len(v.Links) + 1), Disease: d.ID,
				Symptom: symptom(key, part, nil), Label: label, Order: i + 1})
		}
	}
	return v, nil
}
